package mof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Instance is one instance of a class.
type Instance struct {
	Class string
	// Alias is the name that the text gives it, "$x", "" if none.
	Alias string
	Props []Prop
	// At is where it stands, zero for what was not read from a text.
	At Place
}

// Place is where something begins.
type Place struct {
	// Line counts from 1, Offset is in bytes.
	Line   int
	Offset int64
}

// Prop is a property with its value: a string if nothing else is said.
type Prop struct {
	Name string
	// Text is the value. A number is in decimal, as JSON writes numbers, however the
	// text wrote it; the members of an array are joined with ", ".
	Text string
	// Number is true for a number, Null for a property that has no value, which is
	// not the empty string, and Bare for what stands without quotes and is neither:
	// TRUE, FALSE, $alias, an embedded instance as it was written.
	Number, Null, Bare bool
	// List are the members of an array, which are all of one kind; nil for what is
	// no array.
	List []string
}

// Get returns a property's value, "" when the instance lacks it. Names are
// compared without case.
func (i *Instance) Get(name string) string {
	if p := i.Prop(name); p != nil {
		return p.Text
	}
	return ""
}

// Prop returns a property, nil when the instance lacks it. Names are compared
// without case.
func (i *Instance) Prop(name string) *Prop {
	for k := range i.Props {
		if strings.EqualFold(i.Props[k].Name, name) {
			return &i.Props[k]
		}
	}
	return nil
}

// Set sets a property to a string.
func (i *Instance) Set(name, value string) { i.set(Prop{Name: name, Text: value}) }

// SetNumber sets a property to a number.
func (i *Instance) SetNumber(name string, value int) {
	i.set(Prop{Name: name, Text: strconv.Itoa(value), Number: true})
}

func (i *Instance) set(p Prop) {
	if old := i.Prop(p.Name); old != nil {
		*old = p
		return
	}
	i.Props = append(i.Props, p)
}

// Equal compares instances without their places.
func (i *Instance) Equal(o *Instance) bool {
	return i.Class == o.Class && i.Alias == o.Alias && slices.EqualFunc(i.Props, o.Props, func(a, b Prop) bool {
		return a.Name == b.Name && a.Text == b.Text && a.Number == b.Number && a.Null == b.Null && a.Bare == b.Bare &&
			(a.List == nil) == (b.List == nil) && slices.Equal(a.List, b.List)
	})
}

// String writes the instance so that Parse reads the same.
func (i *Instance) String() string {
	var b strings.Builder
	b.WriteString("instance of " + i.Class)
	if i.Alias != "" {
		b.WriteString(" as " + i.Alias)
	}
	b.WriteString("\n{\n")
	for k := range i.Props {
		fmt.Fprintf(&b, "\t%s = %s;\n", i.Props[k].Name, i.Props[k].value())
	}
	b.WriteString("};\n")
	return b.String()
}

// value writes what stands behind the equals sign.
func (p *Prop) value() string {
	one := quoted
	if p.Number || p.Bare {
		one = func(s string) string { return s }
	}
	switch {
	case p.Null:
		return "NULL"
	case p.List == nil:
		return one(p.Text)
	}
	items := make([]string, len(p.List))
	for i, text := range p.List {
		items[i] = one(text)
	}
	return "{" + strings.Join(items, ", ") + "}"
}

// quoted writes a string with the escapes of the language, and with \xHHHH for
// control bytes that have none.
func quoted(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch k := strings.IndexByte(escaped, c); {
		case k >= 0:
			b.WriteByte('\\')
			b.WriteByte(escapes[k])
		case c < ' ' || c == 0x7F:
			fmt.Fprintf(&b, `\x%04X`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Each byte of escaped is written as a backslash and the one of escapes.
const (
	escaped = "\\\"\n\r\t\b\f"
	escapes = `\"nrtbf`
)
