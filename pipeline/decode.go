package pipeline

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"sync"
)

// decoder fills Go values from a tree and goes on after a problem, so that an
// author sees all of them at once.
type decoder struct {
	file     string
	problems []Problem
	// where remembers the node of every struct, by pointer; nil when nobody will
	// ask.
	where map[any]*node
}

func (d *decoder) report(n *node, message, do string) {
	d.problems = append(d.problems, newProblem(d.file, n, message, do))
}

// decode stores n in v. An absent value (null) leaves v as it is.
func (d *decoder) decode(n *node, v reflect.Value) {
	if n.kind == nullNode {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(n, u)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.structure(n, v)
	case reflect.Slice:
		d.slice(n, v)
	case reflect.Map:
		d.words(n, v)
	default:
		d.scalar(n, v)
	}
}

// is reports a problem unless n is of the kind.
func (d *decoder) is(n *node, kind nodeKind) bool {
	if n.kind == kind {
		return true
	}
	do := ""
	if kind == sequenceNode {
		do = "put it in [ ], or on a line of its own after a dash"
	}
	d.report(n, fmt.Sprintf("%s where %s is expected", n.kind, kind), do)
	return false
}

func (d *decoder) text(n *node, u encoding.TextUnmarshaler) {
	if !d.is(n, scalarNode) {
		return
	}
	if err := u.UnmarshalText([]byte(n.text)); err != nil {
		message, do := split(err)
		d.report(n, message, do)
	}
}

func (d *decoder) structure(n *node, v reflect.Value) {
	if !d.is(n, mappingNode) {
		return
	}
	if d.where != nil {
		d.where[v.Addr().Interface()] = n
	}
	fields := fieldsOf(v.Type())
	for i, key := range n.keys {
		index, ok := fields.index[key.text]
		if !ok {
			d.report(key, fmt.Sprintf("unknown field `%s`", key.text), suggest(key.text, fields.names))
			continue
		}
		d.decode(n.values[i], v.Field(index))
	}
}

func (d *decoder) slice(n *node, v reflect.Value) {
	if !d.is(n, sequenceNode) {
		return
	}
	// Made at its full length at once: where keeps pointers to the items.
	v.Set(reflect.MakeSlice(v.Type(), len(n.values), len(n.values)))
	for i, item := range n.values {
		element := v.Index(i)
		if item.kind != nullNode {
			d.decode(item, element)
			continue
		}
		d.report(item, "an empty list item", "remove it, or quote it if it should be an empty text")
		if element.Kind() == reflect.Pointer {
			element.Set(reflect.New(element.Type().Elem()))
		}
	}
}

// words fills a map of texts, the only map type that playbooks have.
func (d *decoder) words(n *node, v reflect.Value) {
	if !d.is(n, mappingNode) {
		return
	}
	m := make(map[string]string, len(n.keys))
	for i, key := range n.keys {
		value := n.values[i]
		if value.kind == nullNode || d.is(value, scalarNode) {
			m[key.text] = value.text
		}
	}
	v.Set(reflect.ValueOf(m))
}

func (d *decoder) scalar(n *node, v reflect.Value) {
	if !d.is(n, scalarNode) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(n.text)
	case reflect.Bool:
		if n.text != "true" && n.text != "false" {
			d.report(n, fmt.Sprintf("`%s` where true or false is expected", n.text), "")
			return
		}
		v.SetBool(n.text == "true")
	case reflect.Int:
		i, err := strconv.Atoi(n.text)
		if err != nil {
			d.report(n, fmt.Sprintf("`%s` where a whole number is expected", n.text), "")
			return
		}
		v.SetInt(int64(i))
	default:
		// A field of a type that no playbook had so far: a mistake in the program.
		d.report(n, fmt.Sprintf("cannot fill a %s", v.Type()), "")
	}
}

// fields are the YAML names of a struct.
type fields struct {
	index map[string]int
	names []string
}

var fieldCache sync.Map // reflect.Type → *fields

func fieldsOf(t reflect.Type) *fields {
	if f, ok := fieldCache.Load(t); ok {
		return f.(*fields) //nolint:forcetypeassert // nothing else is stored
	}
	f := &fields{index: make(map[string]int)}
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			f.index[name] = i
			f.names = append(f.names, name)
		}
	}
	fieldCache.Store(t, f)
	return f
}

// suggest names the word that was probably meant.
func suggest(word string, known []string) string {
	best, distance := "", 3
	for _, k := range slices.Sorted(slices.Values(known)) {
		if n := editDistance(word, k); n < distance && n < len(k) {
			best, distance = k, n
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean `%s`?", best)
}

// editDistance is the number of bytes to insert, remove or replace to get from
// a to b; more than 3 when the lengths differ by more.
func editDistance(a, b string) int {
	if len(a)-len(b) > 3 || len(b)-len(a) > 3 {
		return 4
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		corner := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			next := min(row[j]+1, row[j+1]+1, corner+cost)
			corner, row[j+1] = row[j+1], next
		}
	}
	return row[len(b)]
}
