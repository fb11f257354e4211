package evidence

import (
	"encoding/xml"
	"regexp"
	"slices"
	"strings"
)

// listField is what a name means.
type listField uint8

const (
	fieldNone listField = iota
	fieldID
	fieldNumber
	fieldProduct
	fieldTitle
	fieldFile
	fieldSwitches
	fieldTime
)

// listFields are the names of elements and attributes that are understood, in
// small letters and without signs. The layout is not published: they are those of
// Win32_PatchState, of SMS_ApplicableUpdatesSummaryEx, of mssecure.xml, and what
// people would call the same.
var listFields = func() map[string]listField {
	m := map[string]listField{}
	for field, names := range map[listField]string{
		fieldID:       "id bulletin bulletinid bulletinnumber securitybulletin patchid updateid",
		fieldNumber:   "qnumbers qnumber sqnumber kb kbs kbid kbnumber kbarticle kbarticleid article articleid articlenumber knowledgebase knowledgebasearticle",
		fieldProduct:  "product productname affectedproduct",
		fieldTitle:    "title name displayname",
		fieldFile:     "file filename binary binaryname binaryfile binpath executable exe path",
		fieldSwitches: "switches switch commandline commandlineswitches cmdline arguments args parameters params unattendsyntax unattend updateparams installparams",
		fieldTime:     "timeauthorized authorizedtime authorized authorizationtime dateauthorized authorizeddate authorizeddatetime authtime",
	} {
		for name := range strings.FieldsSeq(names) {
			m[name] = field
		}
	}
	return m
}()

// fieldOf tells what a name means.
func fieldOf(name string) listField {
	var letters [32]byte
	n := 0
	for i := 0; i < len(name); i++ {
		c := name[i] | 0x20 // small letters; digits stay
		if c < '0' || c > '9' && c < 'a' || c > 'z' {
			continue
		}
		if n == len(letters) {
			return fieldNone
		}
		letters[n] = c
		n++
	}
	return listFields[string(letters[:n])]
}

// listElement is an element that is open.
type listElement struct {
	name  string
	field listField // what its own text means
	// own is what is named by attributes and by elements that hold one value, and
	// parts what is named by other elements inside. numbers belong to own.
	own, parts Authorized
	numbers    []string
	// bulletins and forms are ids that have the form of one, for guessing.
	bulletins, forms []string
	text             []byte
	attrs, children  bool
	listed           bool // updates inside of it are on the list
}

// say adds text.
func (e *listElement) say(text []byte) {
	const most = 16 << 10
	e.text = append(e.text, text[:min(len(text), most-min(len(e.text), most))]...)
}

// ids tells whether it names an update.
func (e *listElement) ids() bool { return e.own.Bulletin != "" || len(e.numbers) > 0 }

// more tells whether it names something beside ids.
func (e *listElement) more() bool {
	u := &e.own
	return u.Product != "" || u.Title != "" || u.File != "" || u.Switches != "" || !u.Time.IsZero()
}

// set takes a value; false when the element has another bulletin already.
func (e *listElement) set(field listField, value string) bool {
	value = strings.TrimSpace(value)
	if value == "" {
		return true
	}
	switch field {
	case fieldID:
		if id := bulletinIn(value); id != "" {
			if e.own.Bulletin != "" && e.own.Bulletin != id {
				return false
			}
			e.own.Bulletin = id
		} else {
			e.number(namedNumber, value)
		}
	case fieldNumber:
		e.number(numberForm, value)
	case fieldProduct:
		keep(&e.own.Product, value)
	case fieldTitle:
		keep(&e.own.Title, value)
	case fieldFile:
		keep(&e.own.File, value)
	case fieldSwitches:
		keep(&e.own.Switches, value)
	case fieldTime:
		if t, zoned, ok := parseMoment(value); ok && e.own.Time.IsZero() {
			e.own.Time, e.own.Zoned = t, zoned
		}
	}
	return true
}

func (e *listElement) number(form *regexp.Regexp, value string) {
	for _, n := range numbersIn(nil, form, value[:min(len(value), 4096)]) {
		if len(e.numbers) < 64 && !slices.Contains(e.numbers, n) {
			e.numbers = append(e.numbers, strings.Clone(n))
		}
	}
}

// keep sets what is not set yet, to a copy that does not hold a long text.
func keep(to *string, value string) {
	if *to == "" && len(value) > maxListField {
		value = strings.ToValidUTF8(value[:maxListField], "") + "…"
	}
	if *to == "" {
		*to = strings.Clone(value)
	}
}

// fill sets what u lacks and from has.
func fill(u, from *Authorized) {
	keep(&u.Bulletin, from.Bulletin)
	keep(&u.Product, from.Product)
	keep(&u.Title, from.Title)
	keep(&u.File, from.File)
	keep(&u.Switches, from.Switches)
	if u.Time.IsZero() {
		u.Time, u.Zoned = from.Time, from.Zoned
	}
}

// guess looks for ids by their form.
func (e *listElement) guess(value string) {
	const most = 1024
	value = value[:min(len(value), 16<<10)]
	if !strings.ContainsAny(value, "0123456789") {
		return
	}
	for _, m := range bulletinForm.FindAllString(value, most) {
		if id := strings.ToUpper(m); len(e.bulletins) < most && !slices.Contains(e.bulletins, id) {
			e.bulletins = append(e.bulletins, strings.Clone(id))
		}
	}
	for _, n := range numbersIn(nil, namedNumber, value) {
		if len(e.forms) < most && !slices.Contains(e.forms, n) {
			e.forms = append(e.forms, strings.Clone(n))
		}
	}
}

// opened takes an element with its attributes.
func (l *updateListReader) opened(token xml.StartElement, at Origin) {
	e := &listElement{name: strings.ToLower(token.Name.Local), attrs: len(token.Attr) > 0}
	e.name = strings.Clone(e.name[:min(len(e.name), 64)])
	e.own.Origin = at
	e.field = fieldOf(token.Name.Local)
	for _, a := range token.Attr { // <Property Name="QNumbers" Value="835732"/>
		if e.field == fieldNone && strings.EqualFold(a.Name.Local, "name") {
			e.field = fieldOf(a.Value)
		}
	}
	for _, a := range token.Attr {
		if a.Name.Space == "xmlns" || a.Name.Local == "xmlns" {
			continue
		}
		field := fieldOf(a.Name.Local)
		switch {
		case strings.EqualFold(a.Name.Local, "value"):
			e.say([]byte(a.Value))
			field = fieldNone
		case !strings.EqualFold(a.Name.Local, "name") || e.field == fieldNone:
		case fieldOf(a.Value) == e.field:
			continue // it names the property
		default:
			field = e.field // <Product Name="...">
		}
		e.set(field, a.Value)
		if len(l.named) == 0 {
			e.guess(a.Value)
		}
	}
	if len(l.open) > 0 {
		l.open[len(l.open)-1].children = true
	}
	l.open = append(l.open, e)
}

// end closes an element.
func (l *updateListReader) end() {
	e := l.open[len(l.open)-1]
	l.open = l.open[:len(l.open)-1]
	text := string(e.text)
	if len(l.named) == 0 {
		e.guess(text)
	}
	var parent *listElement
	if len(l.open) > 0 {
		parent = l.open[len(l.open)-1]
	}
	l.guessEnd(e, parent)
	if parent != nil && parent.field != fieldNone && (e.name == "value" || e.name == "name") { // <Binary><Name>
		parent.say(e.text)
		return
	}
	if parent != nil && e.field != fieldNone && strings.TrimSpace(text) != "" {
		l.setIn(parent, e.field, text)
	}
	switch {
	case !e.ids() && parent != nil:
		fill(&parent.parts, &e.own)
		fill(&parent.parts, &e.parts)
	case e.listed, !e.ids():
	case parent != nil && l.belongs(e, parent):
		l.merge(e, parent)
	default:
		l.list(e)
	}
}

// setIn sets a value of an element. A second bulletin begins a new update: the
// elements of the list stand one behind the other.
func (l *updateListReader) setIn(e *listElement, field listField, value string) {
	if e.set(field, value) {
		return
	}
	if !e.listed {
		l.list(e)
	}
	at := e.own.Origin
	e.own, e.parts, e.numbers, e.listed = Authorized{Origin: at}, Authorized{}, nil, false
	e.set(field, value)
}

// belongs tells whether an element that names an update is a part of one that its
// parent describes: it holds nothing but ids, and the parent something.
func (l *updateListReader) belongs(e, parent *listElement) bool {
	if e.more() || e.own.Bulletin != "" && parent.own.Bulletin != "" && e.own.Bulletin != parent.own.Bulletin {
		return false
	}
	return parent.field != fieldNone || parent.ids() || len(l.open) > 1 && parent.more()
}

func (l *updateListReader) merge(e, parent *listElement) {
	if parent.field != fieldNone && len(l.open) > 1 && !parent.ids() && !parent.more() {
		parent = l.open[len(l.open)-2] // <QNumbers><QNumber QNumber="835732"/></QNumbers>
	}
	keep(&parent.own.Bulletin, e.own.Bulletin)
	for _, n := range e.numbers {
		parent.number(numberForm, n)
	}
}

// list puts an element's updates on the list, one for each article. What it does
// not name itself, the elements around it do.
func (l *updateListReader) list(e *listElement) {
	u := e.own
	fill(&u, &e.parts)
	numbers := e.numbers
	for i := len(l.open) - 1; i >= 0; i-- {
		around := l.open[i]
		around.listed = true
		fill(&u, &around.own)
		if numbers == nil {
			numbers = around.numbers
		}
	}
	if numbers == nil {
		numbers = []string{""}
	}
	for _, u.Number = range numbers {
		l.named = append(l.named, u)
	}
	l.guessed, l.known = nil, nil
}

// guessEnd collects ids that were recognised by their form, as long as none has
// been recognised by its name. What a plain element holds belongs to the one
// around it, but that is not the root.
func (l *updateListReader) guessEnd(e, parent *listElement) {
	if len(l.named) > 0 || len(e.bulletins)+len(e.forms) == 0 {
		return
	}
	if len(l.open) > 1 && !e.attrs && !e.children {
		for _, id := range append(e.bulletins, e.forms...) {
			if strings.HasPrefix(id, "M") {
				parent.guess(id)
			} else {
				parent.guess("KB" + id)
			}
		}
		return
	}
	u := e.own
	fill(&u, &e.parts)
	u.Guessed = true
	if len(e.bulletins) == 1 && len(e.forms) > 0 {
		u.Bulletin = e.bulletins[0]
		e.bulletins = nil
	}
	for _, u.Number = range e.forms {
		l.addGuess(u)
	}
	u.Number = ""
	for _, u.Bulletin = range e.bulletins {
		l.addGuess(u)
	}
}

func (l *updateListReader) addGuess(u Authorized) {
	key := [2]string{u.Bulletin, u.Number}
	if l.known[key] {
		return
	}
	if l.known == nil {
		l.known = map[[2]string]bool{}
	}
	l.known[key] = true
	l.guessed = append(l.guessed, u)
}
