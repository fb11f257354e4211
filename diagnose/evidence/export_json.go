package evidence

import (
	"encoding/json"
	"errors"
	"io"
	"strings"

	"patchtrace/diagnose/evidence/mof"
)

// maxJSONDepth is how deep values may lie in values, maxJSONNodes how many one
// object may hold in all.
const (
	maxJSONDepth = 64
	maxJSONNodes = 300_000
)

// jsonNode is a value with its members in their order.
type jsonNode struct {
	kind     jsonKind
	text     string // of strings and numbers
	names    []string
	items    []jsonNode // of objects and arrays
	from, to int        // in the text
}

type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonString
	jsonNumber
	jsonBool
	jsonList
	jsonObject
)

// json reads what ConvertTo-Json writes: an object or an array of them, one after
// the other.
func (r *exportReader) json() error {
	// A text may end in the padding of a block.
	text := strings.TrimRight(r.text.Text, " \t\r\n\x00\x1a")
	start := len(text) - len(strings.TrimLeft(text, " \t\r\n\x00\ufeff"))
	j := jsonReader{exportReader: r, dec: json.NewDecoder(strings.NewReader(text[start:])), start: start, end: len(text)}
	j.dec.UseNumber()
	for {
		err := j.top()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type jsonReader struct {
	*exportReader
	dec        *json.Decoder
	start, end int // of the JSON in the text
	nodes      int // of the value that is read
}

// at is where the last token ended.
func (j *jsonReader) at() int { return j.start + int(j.dec.InputOffset()) }

// broken says what the decoder could not read.
func (j *jsonReader) broken(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return j.fault(j.end, "the file is cut")
	}
	at := j.at()
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		at = max(at, j.start+int(syntax.Offset)-1)
	}
	return j.fault(at, "%v", err)
}

// top reads a value that stands by itself: of an array each member is one.
func (j *jsonReader) top() error {
	token, err := j.dec.Token()
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	if err != nil {
		return j.broken(err)
	}
	if token != json.Delim('[') {
		return j.instance(token)
	}
	for j.dec.More() {
		token, err := j.dec.Token()
		if err != nil {
			return j.broken(err)
		}
		if err := j.instance(token); err != nil {
			return err
		}
	}
	if _, err := j.dec.Token(); err != nil {
		return j.broken(err)
	}
	return nil
}

// instance reads an object that is an instance, or holds an array of them as
// ConvertTo-Json wraps it.
func (j *jsonReader) instance(token json.Token) error {
	j.nodes = 0
	node, err := j.node(token, 1)
	if err != nil {
		return err
	}
	list := []jsonNode{node}
	if value := node.get("value"); value != nil && value.kind == jsonList && node.get("Status") == nil {
		list = value.items
	}
	for i := range list {
		if list[i].kind != jsonObject {
			continue
		}
		if j.rows++; j.rows > maxExportRows {
			return j.fault(list[i].from, "more than %d instances", maxExportRows)
		}
		if err := j.add(j.row(&list[i])); err != nil {
			return err
		}
	}
	return nil
}

// node reads the value that begins with a token.
func (j *jsonReader) node(token json.Token, depth int) (jsonNode, error) {
	n := jsonNode{from: j.at() - 1}
	if j.nodes++; j.nodes > maxJSONNodes {
		return n, j.fault(n.from, "an object of more than %d values", maxJSONNodes)
	}
	switch v := token.(type) {
	case string:
		n.kind, n.text = jsonString, v
	case json.Number:
		n.kind, n.text = jsonNumber, v.String()
	case bool:
		n.kind, n.text = jsonBool, "FALSE"
		if v {
			n.text = "TRUE"
		}
	case json.Delim:
		if depth > maxJSONDepth {
			return n, j.fault(n.from, "values in values, more than %d deep", maxJSONDepth)
		}
		n.kind = jsonList
		if v == '{' {
			n.kind = jsonObject
		}
		if err := j.members(&n, depth); err != nil {
			return n, err
		}
	}
	n.to = j.at()
	if len(n.text) > maxExportValue {
		return n, j.fault(n.from, "a value of more than 1 MB")
	}
	return n, nil
}

// members reads an object or array to its end.
func (j *jsonReader) members(n *jsonNode, depth int) error {
	for j.dec.More() {
		token, err := j.dec.Token()
		if err != nil {
			return j.broken(err)
		}
		if n.kind == jsonObject {
			name, _ := token.(string)
			if len(n.names) == maxExportColumns {
				return j.fault(j.at(), "an instance of more than %d properties", maxExportColumns)
			}
			n.names = append(n.names, name)
			if token, err = j.dec.Token(); err != nil {
				return j.broken(err)
			}
		}
		item, err := j.node(token, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, item)
	}
	if _, err := j.dec.Token(); err != nil {
		return j.broken(err)
	}
	return nil
}

// get returns a member of an object, nil if it has none of that name.
func (n *jsonNode) get(name string) *jsonNode {
	for i := range n.names {
		if strings.EqualFold(n.names[i], name) {
			return &n.items[i]
		}
	}
	return nil
}

// row is an object as instance.
func (j *jsonReader) row(n *jsonNode) exportRow {
	row := exportRow{at: n.from}
	if class := n.get("CimClass"); class != nil && class.kind == jsonObject {
		if name := class.get("CimClassName"); name != nil {
			row.class = name.text
		}
	}
	if system := n.get("CimSystemProperties"); system != nil {
		if name := system.get("ClassName"); name != nil && row.class == "" {
			row.class = name.text
		}
		if host := system.get("ServerName"); host != nil {
			row.host = host.text
		}
	}
	for i, name := range n.names {
		if strings.EqualFold(name, "class") && row.class == "" && isPatchClass(n.items[i].text) {
			row.class = n.items[i].text
			continue
		}
		p := j.prop(&n.items[i])
		p.Name = name
		row.props = append(row.props, p)
	}
	if list := n.get("CimInstanceProperties"); list != nil && n.get("Status") == nil && n.get("InventoryActionID") == nil {
		for i := range list.items {
			if name, value := list.items[i].get("Name"), list.items[i].get("Value"); name != nil && value != nil {
				p := j.prop(value)
				p.Name = name.text
				row.props = append(row.props, p)
			}
		}
	}
	return row
}

func isPatchClass(name string) bool {
	_, ok := PatchOf(Origin{}, mof.Instance{Class: name})
	return ok || strings.EqualFold(name, ClassActionStatus)
}

// prop is a value as property. PowerShell wraps some values in an object with
// their other readings: the value itself counts.
func (j *jsonReader) prop(n *jsonNode) mof.Prop {
	switch n.kind {
	case jsonNull:
		return mof.Prop{Null: true}
	case jsonString:
		return mof.Prop{Text: n.text}
	case jsonNumber:
		return mof.Prop{Text: strings.ToLower(n.text), Number: true}
	case jsonBool:
		return mof.Prop{Text: n.text, Bare: true}
	case jsonObject:
		if value := n.get("value"); value != nil && value.kind != jsonObject && value.kind != jsonList {
			return j.prop(value)
		}
	case jsonList:
		if p, ok := jsonArrayProp(n); ok {
			return p
		}
	}
	return mof.Prop{Text: j.text.Text[n.from:n.to]}
}

// jsonArrayProp is an array of plain values as property.
func jsonArrayProp(n *jsonNode) (mof.Prop, bool) {
	p := mof.Prop{Number: len(n.items) > 0, List: []string{}}
	for i := range n.items {
		item := &n.items[i]
		if item.kind == jsonList || item.kind == jsonObject {
			return p, false
		}
		p.Number = p.Number && item.kind == jsonNumber
		p.List = append(p.List, item.text)
	}
	p.Text = strings.Join(p.List, ", ")
	return p, true
}
