package pipeline

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// LogRef is a log of a playbook with all the stages that it shows.
type LogRef struct {
	// Log holds what all stages together say of the log: the first name, every
	// glob, component and folder, and Required when any stage requires it.
	Log
	// Stages are the ids of the stages that list the log, in their order.
	Stages []string
	// RequiredBy are the ids of the stages that cannot pass without it.
	RequiredBy []string
}

// Stage returns the stage of that id, nil when the playbook has none.
func (p *Playbook) Stage(id string) *Stage {
	for _, s := range p.Stages {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// Logs returns every log of the playbook once, in the order of the stages.
func (p *Playbook) Logs() []*LogRef { return p.logIndex().refs }

// LogFor returns the log that a file is, nil when the playbook knows none. File
// is a file's name or path, component the name inside its records; either may
// be empty. The first rule that finds a log counts:
//
//  1. the file has the log's name;
//  2. it matches one of the log's globs;
//  3. it does so without what rotation or copying added: X.lo_, X.log.old,
//     X-20210714-102250.log, "X (1).log";
//  4. it begins with the log's name without extension and goes on with
//     something that is no letter: "hinv32-Q302354.txt"; the longest name wins;
//  5. the component is one of the log's components;
//  6. the component is the log's name without extension.
//
// Case does not matter. Among equals the log that stands first in the playbook wins.
func (p *Playbook) LogFor(file, component string) *LogRef {
	x := p.logIndex()
	name := strings.ToLower(baseName(file))
	component = strings.ToLower(component)
	return cmp.Or(x.byFile(name), x.byComponent[component], x.byOwnStem[component])
}

// logIndex answers LogFor for one playbook. All keys are lower case.
type logIndex struct {
	refs        []*LogRef
	byName      map[string]*LogRef
	byComponent map[string]*LogRef
	byOwnStem   map[string]*LogRef
	globs       []logPattern
	// stems are the names without extension, the longest first.
	stems []logPattern
}

// logPattern is a glob or a stem, and the log that it stands for.
type logPattern struct {
	text string
	ref  *LogRef
}

// logIndexes has the index of each playbook that was asked. Playbooks are few,
// do not change and live as long as the program.
var logIndexes sync.Map // *Playbook → *logIndex

func (p *Playbook) logIndex() *logIndex {
	if x, ok := logIndexes.Load(p); ok {
		return x.(*logIndex) //nolint:forcetypeassert // nothing else is stored
	}
	x, _ := logIndexes.LoadOrStore(p, newLogIndex(p))
	return x.(*logIndex) //nolint:forcetypeassert // nothing else is stored
}

func newLogIndex(p *Playbook) *logIndex {
	x := &logIndex{
		byName:      make(map[string]*LogRef),
		byComponent: make(map[string]*LogRef),
		byOwnStem:   make(map[string]*LogRef),
	}
	for _, s := range p.Stages {
		for i := range s.Logs {
			x.add(s.ID, &s.Logs[i])
		}
	}
	for _, ref := range x.refs {
		x.file(ref)
	}
	slices.SortStableFunc(x.stems, func(a, b logPattern) int { return cmp.Compare(len(b.text), len(a.text)) })
	return x
}

// add merges a stage's entry of a log into what other stages say of it.
func (x *logIndex) add(stage string, log *Log) {
	name := strings.ToLower(log.Name)
	ref := x.byName[name]
	if ref == nil {
		ref = &LogRef{Log: *log}
		ref.Globs, ref.Components, ref.Folders = nil, nil, nil
		x.byName[name] = ref
		x.refs = append(x.refs, ref)
	}
	ref.Globs = merge(ref.Globs, log.Globs)
	ref.Components = merge(ref.Components, log.Components)
	ref.Folders = merge(ref.Folders, log.Folders)
	ref.Stages = merge(ref.Stages, []string{stage})
	if log.Required {
		ref.Required = true
		ref.RequiredBy = merge(ref.RequiredBy, []string{stage})
	}
	if ref.Note == "" {
		ref.Note = log.Note
	}
	if log.Confidence == Documented {
		ref.Confidence = Documented
	}
}

// merge appends what is new.
func merge(all, more []string) []string {
	for _, m := range more {
		if !slices.Contains(all, m) {
			all = append(all, m)
		}
	}
	return all
}

// file enters a merged log under everything it answers to.
func (x *logIndex) file(ref *LogRef) {
	name := strings.ToLower(ref.Name)
	for _, g := range ref.Globs {
		x.globs = append(x.globs, logPattern{strings.ToLower(g), ref})
	}
	if s := stem(name); s != "" {
		x.stems = append(x.stems, logPattern{s, ref})
		setFirst(x.byOwnStem, s, ref)
	}
	for _, c := range ref.Components {
		setFirst(x.byComponent, strings.ToLower(c), ref)
	}
}

func setFirst(m map[string]*LogRef, key string, ref *LogRef) {
	if m[key] == nil && key != "" {
		m[key] = ref
	}
}

func (x *logIndex) byFile(name string) *LogRef {
	if name == "" {
		return nil
	}
	for _, try := range []string{name, original(name)} {
		if ref := cmp.Or(x.byName[try], x.byGlob(try)); ref != nil {
			return ref
		}
	}
	return x.byStem(name)
}

func (x *logIndex) byGlob(name string) *LogRef {
	for _, g := range x.globs {
		// A glob that is not valid matches nothing; lint reports it.
		if ok, err := path.Match(g.text, name); ok && err == nil {
			return g.ref
		}
	}
	return nil
}

func (x *logIndex) byStem(name string) *LogRef {
	for _, s := range x.stems {
		rest, ok := strings.CutPrefix(name, s.text)
		if next, _ := utf8.DecodeRuneInString(rest); ok && rest != "" && !unicode.IsLetter(next) {
			return s.ref
		}
	}
	return nil
}

// baseName returns the last element of a path of either kind.
func baseName(file string) string {
	return file[strings.LastIndexAny(file, `/\`)+1:]
}

// stem returns a name without its extension.
func stem(name string) string { return strings.TrimSuffix(name, path.Ext(name)) }

// original undoes what rotation and copying do to a lower-case log name.
func original(name string) string {
	name = strings.TrimSuffix(name, ".old")
	name = strings.TrimSuffix(name, ".bak")
	if s, ok := strings.CutSuffix(name, ".lo_"); ok {
		name = s + ".log"
	}
	name = trimNumber(name)
	ext := path.Ext(name)
	return trimCopy(trimDate(strings.TrimSuffix(name, ext))) + ext
}

// trimNumber removes the number of a log that is rotated by counting: "x.log.1".
func trimNumber(name string) string {
	ext := path.Ext(name)
	if len(ext) > 1 && digits(ext[1:]) && path.Ext(stem(name)) != "" {
		return stem(name)
	}
	return name
}

// trimDate removes "-20210714-102250".
func trimDate(stem string) string {
	const form = "-20060102-150405"
	at := len(stem) - len(form)
	if at <= 0 {
		return stem
	}
	tail := stem[at:]
	if tail[0] == '-' && tail[9] == '-' && digits(tail[1:9]) && digits(tail[10:]) {
		return stem[:at]
	}
	return stem
}

// trimCopy removes " (1)" and " - copy".
func trimCopy(stem string) string {
	stem = strings.TrimSuffix(stem, " - copy")
	head, tail, ok := strings.Cut(stem, "(")
	number, closed := strings.CutSuffix(tail, ")")
	if ok && closed && digits(number) {
		return strings.TrimRight(head, " ")
	}
	return stem
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
