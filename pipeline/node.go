package pipeline

import "slices"

// nodeKind is what a YAML value is.
type nodeKind uint8

const (
	nullNode nodeKind = iota
	scalarNode
	mappingNode
	sequenceNode
)

// String returns the kind as a person would call it.
func (k nodeKind) String() string {
	switch k {
	case scalarNode:
		return "a text"
	case mappingNode:
		return "a mapping"
	case sequenceNode:
		return "a list"
	default:
		return "nothing"
	}
}

// node is one value of a YAML document and its place.
type node struct {
	kind nodeKind
	// text is a scalar's value, whatever its style.
	text string
	// keys and values are a mapping's pairs in their order; a sequence has
	// values alone.
	keys   []*node
	values []*node
	// line and column count from 1. They are 0 in a tree of readPlain.
	line, column int
}

// get returns the value of a mapping's key, nil when there is none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	i := slices.IndexFunc(n.keys, func(k *node) bool { return k.text == key })
	if i < 0 {
		return nil
	}
	return n.values[i]
}

// item returns a sequence's value, the sequence itself when it has none there.
func (n *node) item(i int) *node {
	if n == nil || n.kind != sequenceNode || i < 0 || i >= len(n.values) {
		return n
	}
	return n.values[i]
}
