package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// Limits on a playbook file. The largest one that ships is a tenth of maxFile;
// a playbook nests about eight deep. The YAML parser takes time with the square
// of the depth: 10,000 open brackets 0.1 s, 100,000 of them 39 s (measured).
const (
	maxFile  = 2 << 20
	maxDepth = 64
	maxOpen  = 256
)

// readYAML parses data with the full YAML parser. A problem's file is left for
// the caller to fill in.
func readYAML(data []byte) (root *node, problem *Problem) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if p := refuse(data); p != nil {
		return nil, p
	}
	defer func() {
		// The parser is a third party's and the file a stranger's.
		if r := recover(); r != nil {
			root, problem = nil, &Problem{Line: 1, Column: 1, Message: fmt.Sprintf("the YAML parser gave up: %v", r)}
		}
	}()
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, yamlProblem(err)
	}
	return document(file)
}

// refuse returns a problem when data must not even be shown to the YAML parser.
func refuse(data []byte) *Problem {
	if len(data) > maxFile {
		return &Problem{
			Line: 1, Column: 1,
			Message: fmt.Sprintf("file of %d bytes is too large for a playbook", len(data)),
			Do:      fmt.Sprintf("keep it below %d bytes", maxFile),
		}
	}
	line, open := 0, 0
	for text := range strings.Lines(string(data)) {
		line++
		if !utf8.ValidString(text) {
			return &Problem{Line: line, Column: 1, Message: "not UTF-8", Do: "save the file as UTF-8"}
		}
		open = max(0, open+brackets(text))
		if open > maxOpen || blockDepth(text) > maxDepth {
			return &Problem{Line: line, Column: 1, Message: "nested too deep", Do: fmt.Sprintf("nest at most %d deep", maxDepth)}
		}
	}
	return nil
}

// blockDepth returns how deep a line's indentation and dashes could nest.
func blockDepth(text string) int {
	body := strings.TrimLeft(text, " ")
	return (len(text)-len(body))/2 + strings.Count(body, "- - ")
}

// brackets returns how many brackets a line leaves open, as far as can be said
// without parsing it: what stands in quotes does not count.
func brackets(text string) int {
	open, quote := 0, byte(0)
	for _, c := range []byte(text) {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '\'' || c == '"':
			quote = c
		case c == '[' || c == '{':
			open++
		case c == ']' || c == '}':
			open--
		}
	}
	return open
}

// yamlProblem turns an error of the YAML parser into a problem.
func yamlProblem(err error) *Problem {
	p := &Problem{Line: 1, Column: 1, Message: "not YAML: " + oneLine(err.Error())}
	var located yaml.Error
	if errors.As(err, &located) {
		p.Message = "not YAML: " + oneLine(located.GetMessage())
		p.Line, p.Column = place(located.GetToken())
	}
	return p
}

// oneLine cuts a message to its first line.
func oneLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return visible(s)
}

// place returns where a token stands, 1:1 when it does not say.
func place(t *token.Token) (line, column int) {
	if t == nil || t.Position == nil {
		return 1, 1
	}
	return max(t.Position.Line, 1), max(t.Position.Column, 1)
}

// document returns the tree of a file that must hold one document.
func document(file *ast.File) (*node, *Problem) {
	empty := &Problem{Line: 1, Column: 1, Message: "the file holds no playbook", Do: "begin with id: and title:"}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, empty
	}
	if len(file.Docs) > 1 {
		line, column := place(file.Docs[1].Start)
		return nil, &Problem{Line: line, Column: column, Message: "a second document", Do: "put one playbook in a file"}
	}
	var c converter
	root := c.convert(file.Docs[0].Body, 0)
	return root, c.problem
}

// converter turns the parser's tree into ours; problem is the first thing that
// playbooks do not use.
type converter struct {
	problem *Problem
}

func (c *converter) refuse(n ast.Node, message, do string) *node {
	line, column := place(n.GetToken())
	if c.problem == nil {
		c.problem = &Problem{Line: line, Column: column, Message: message, Do: do}
	}
	return &node{line: line, column: column}
}

func (c *converter) convert(n ast.Node, depth int) *node {
	if depth > maxDepth {
		return c.refuse(n, "nested too deep", fmt.Sprintf("nest at most %d deep", maxDepth))
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		return c.mapping(n.Values, n.GetToken(), depth)
	case *ast.MappingValueNode:
		return c.mapping([]*ast.MappingValueNode{n}, n.GetToken(), depth)
	case *ast.SequenceNode:
		return c.sequence(n, depth)
	case *ast.NullNode:
		line, column := place(n.GetToken())
		return &node{line: line, column: column}
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		return c.refuse(n, "anchors and aliases are not used in playbooks", "write the value out")
	case *ast.TagNode:
		return c.refuse(n, "tags are not used in playbooks", "quote the value instead")
	default:
		return c.scalar(n)
	}
}

func (c *converter) mapping(pairs []*ast.MappingValueNode, start *token.Token, depth int) *node {
	m := &node{kind: mappingNode}
	m.line, m.column = place(start)
	for i, pair := range pairs {
		key := c.convert(pair.Key, depth+1)
		if key.kind != scalarNode {
			return c.refuse(pair, "a key that is not a word", "")
		}
		if i == 0 {
			m.line, m.column = key.line, key.column
		}
		m.keys = append(m.keys, key)
		m.values = append(m.values, c.convert(pair.Value, depth+1))
	}
	return m
}

func (c *converter) sequence(n *ast.SequenceNode, depth int) *node {
	s := &node{kind: sequenceNode, values: make([]*node, 0, len(n.Values))}
	s.line, s.column = place(n.GetToken())
	for _, v := range n.Values {
		s.values = append(s.values, c.convert(v, depth+1))
	}
	return s
}

// scalar converts texts, and also numbers and words like true, as they are
// written: the field decides what it takes them for.
func (c *converter) scalar(n ast.Node) *node {
	s := &node{kind: scalarNode}
	s.line, s.column = place(n.GetToken())
	switch n := n.(type) {
	case *ast.StringNode:
		s.text = n.Value
	case *ast.LiteralNode:
		s.text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		s.text = n.GetToken().Value
	default:
		return c.refuse(n, fmt.Sprintf("%s is not used in playbooks", strings.ToLower(n.Type().String())), "")
	}
	return s
}
