package trace

import (
	"regexp"
	"slices"
	"strings"
	"sync"

	"patchtrace/logparse"
)

// Filter chooses the records that a trace needs: those that name the patch, and
// those that frame what happened to it. It is cheap enough for every record of a
// large log, and may be used by several goroutines between two calls of Learn.
type Filter struct {
	product string
	patch   Patch
	// ids are those that lines of the patch led to: assignments, contents and
	// transfers, in lower case without braces.
	ids Patch
	// known are the ids of updates and of what they led to that were known before the
	// last call of Learn, and fresh those that it found.
	known, fresh Patch
	// framed are the texts to look for, by log.
	framed sync.Map
}

// NewFilter makes a filter for a patch with all names that are known of it.
func NewFilter(product string, p Patch) *Filter { return &Filter{product: product, patch: p} }

// Patch is the patch with what was learned.
func (f *Filter) Patch() Patch { return f.patch }

// Keep tells whether a trace needs the record.
func (f *Filter) Keep(rec *logparse.Record) bool {
	msg := rec.Message
	return f.patch.mentions(msg) || len(f.ids.Updates) > 0 && f.ids.mentionsDashed(msg) || f.frames(rec)
}

// KeepMore tells whether a trace needs a record that Keep did not keep before the
// last call of Learn.
func (f *Filter) KeepMore(rec *logparse.Record) bool {
	msg := rec.Message
	if !f.fresh.mentionsDashed(msg) || f.frames(rec) {
		return false
	}
	before := Patch{Numbers: f.patch.Numbers, Bulletins: f.patch.Bulletins, Updates: f.known.Updates}
	return !before.mentions(msg)
}

// Look returns what finds in the text of a log where records are that Keep may keep;
// see logparse.Block.Around.
func (f *Filter) Look(log string) func(text string) func(from int) int {
	var l look
	for _, text := range f.framesOf(log) {
		l.words = append(l.words, longestWord(text))
	}
	l.names(f.patch, f.ids)
	return l.in
}

// LookMore is as Look, for what KeepMore keeps.
func (f *Filter) LookMore(string) func(text string) func(from int) int {
	var l look
	l.names(f.fresh)
	return l.in
}

// frames tells whether a record frames what happens to patches.
func (f *Filter) frames(rec *logparse.Record) bool {
	for _, text := range f.framesOf(rec.Pos.Log) {
		if strings.Contains(rec.Message, text) {
			return true
		}
	}
	return false
}

// framesOf are the texts that frame what happens in a log.
func (f *Filter) framesOf(log string) []string {
	if known, ok := f.framed.Load(log); ok {
		return known.([]string)
	}
	var texts []string
	name := bareName(log)
	for _, fr := range frames[f.product == configmgr] {
		if slices.Contains(fr.logs, name) {
			texts = append(texts, fr.text)
		}
	}
	f.framed.Store(strings.Clone(log), texts)
	return texts
}

// frame is a text that frames what happens to patches, in some logs.
type frame struct {
	text string
	logs []string
}

// logName is the log of a record in lower case, without folders and extension.
func logName(rec *logparse.Record) string { return bareName(rec.Pos.Log) }

func bareName(name string) string {
	name = strings.ToLower(name[strings.LastIndexByte(name, '/')+1:])
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		name = name[:i]
	}
	return name
}

var frames = map[bool][]frame{
	false: {
		{"DataVersion", []string{"scanwrapper", "s_scan", "o_scan"}},
		{"authorized updates", []string{"patchinstall"}},
		{"estart is required", []string{"patchinstall"}},
	},
	true: {
		{"Successfully completed scan", []string{"wuahandler"}},
		{"Scan failed with error", []string{"wuahandler"}},
		{"increased version to", []string{"wuahandler"}},
		{"Successfully forwarded State Messages", []string{"statemessage"}},
		{"mp_relayendpoint", []string{"ccmmessaging"}},
		{"No current service window", []string{"updatesdeployment"}},
		{"Detect after reboot job completed", []string{"updatesdeployment"}},
		{"reboot updates after system restart", []string{"updatesdeployment"}},
		{noneToRestart, []string{"updatesdeployment"}},
		{"Bundle update", []string{"updateshandler"}},
		{"Content Text", []string{"updateshandler"}},
		{"CopyToCache() for update", []string{"wuahandler"}},
		{"finished installing", []string{"wuahandler"}},
		// What ties one id to the next is kept of every update, or the logs would have
		// to be read once for each of them.
		{"Submitted CTM job", []string{"cas", "contenttransfermanager"}},
		{"(corresponding DTS job", []string{"contenttransfermanager", "datatransferservice"}},
	},
}

// Forms of lines that tie an id to another one; see section 8 of the facts on
// Configuration Manager.
var (
	sumForm      = regexp.MustCompile(`SUM_(` + guidForm + `)`)
	targetForm   = regexp.MustCompile(`added to the targeted list of deployment \(?\{(` + guidForm + `)\}`)
	statusForm   = regexp.MustCompile(`Update \((?:Missing|Installed)\): .* \((` + guidForm + `), \d+\)`)
	queriedForm  = regexp.MustCompile(`Queried Update \((` + guidForm + `)\)`)
	contentForm  = regexp.MustCompile(`ContentId="(` + guidForm + `)"`)
	bundleForm   = regexp.MustCompile(`Bundle update \((` + guidForm + `)\) is requesting download`)
	copyForm     = regexp.MustCompile(`CopyToCache\(\) for update \((` + guidForm + `)\)`)
	finishedForm = regexp.MustCompile(`Update \d+ \((` + guidForm + `)\) finished installing`)
	ctmForm      = regexp.MustCompile(`Submitted CTM job \{(` + guidForm + `)\} to download Content (` + guidForm + `)`)
	dtsForm      = regexp.MustCompile(`CTM job \{(` + guidForm + `)\} \(corresponding DTS job \{(` + guidForm + `)\}\)`)
)

// Learn takes ids from lines that were kept, and tells whether there were new
// ones: then the logs are to be read once more, for the lines that name only those.
func (f *Filter) Learn(lines []Line) bool {
	if f.product != configmgr {
		return false
	}
	f.known.Updates = append(clone(f.patch.Updates), f.ids.Updates...)
	for _, l := range lines {
		f.updatesOf(l.Message)
	}
	links := linksOf(linking(lines), f.patch.Updates)
	for _, id := range links.all() {
		f.ids.Updates = with(f.ids.Updates, id)
	}
	f.fresh.Updates = nil
	for _, id := range append(clone(f.patch.Updates), f.ids.Updates...) {
		if !slices.Contains(f.known.Updates, id) {
			f.fresh.Updates = with(f.fresh.Updates, id)
		}
	}
	return len(f.fresh.Updates) > 0
}

// maxUpdates bounds how many updates an article may have: one a product and
// architecture, and the revisions of years.
const maxUpdates = 64

// updatesOf learns the ids of updates from a line that has the article in the
// update's title.
func (f *Filter) updatesOf(msg string) {
	if len(f.patch.Updates) >= maxUpdates {
		return
	}
	byName := Patch{Numbers: f.patch.Numbers, Bulletins: f.patch.Bulletins}
	if !byName.mentions(msg) {
		return
	}
	for _, form := range []*regexp.Regexp{sumForm, statusForm, queriedForm} {
		for _, m := range form.FindAllStringSubmatch(msg, 4) {
			f.patch.Updates = with(f.patch.Updates, strings.ToLower(m[1]))
		}
	}
}

// links are the ids that hang on an update.
type links struct {
	// assignments, contents, transfers (CTM) and downloads (DTS) by what led there.
	assignments, contents, transfers, downloads []string
	// guessed is true when the contents were found by their place between lines,
	// not by an id.
	guessed bool
}

func (l *links) all() []string {
	var all []string
	for _, list := range [][]string{l.assignments, l.contents, l.transfers, l.downloads} {
		all = append(all, list...)
	}
	return all
}

// linkWords are in every line that ties an id to another one.
var linkWords = []string{"SUM_", "Bundle update (", "ContentId=", "CopyToCache()", "finished installing", "Submitted CTM job", "(corresponding DTS job"}

// linking are the lines that linksOf has to look at, in order.
func linking(lines []Line) []Line {
	var list []Line
	for _, l := range lines {
		if slices.ContainsFunc(linkWords, func(word string) bool { return strings.Contains(l.Message, word) }) {
			list = append(list, l)
		}
	}
	return list
}

// linksOf follows the ids of updates from line to line, among those of linking.
func linksOf(lines []Line, updates []string) links {
	var l links
	l.contents = clone(updates) // an update without a bundle is its own content
	bundle := map[string]string{}
	var copied []string // contents that were copied since the last installation
	for _, line := range lines {
		msg := line.Message
		if m := sumForm.FindStringSubmatch(msg); m != nil && has(updates, m[1]) {
			if t := targetForm.FindStringSubmatch(msg); t != nil {
				l.assignments = with(l.assignments, strings.ToLower(t[1]))
			}
		}
		thread := logName(line.Record)
		if m := bundleForm.FindStringSubmatch(msg); m != nil {
			bundle[thread] = strings.ToLower(m[1])
		}
		if has(updates, bundle[thread]) {
			for _, m := range contentForm.FindAllStringSubmatch(msg, 16) {
				l.contents = with(l.contents, strings.ToLower(m[1]))
			}
		}
		if m := copyForm.FindStringSubmatch(msg); m != nil {
			copied = append(copied, strings.ToLower(m[1]))
		}
		if m := finishedForm.FindStringSubmatch(msg); m != nil {
			// Only of an installation of one update is it sure whose the content is.
			if has(updates, m[1]) && len(copied) == 1 {
				if !has(l.contents, copied[0]) {
					l.contents, l.guessed = with(l.contents, copied[0]), true
				}
			}
			copied = nil
		}
	}
	for _, line := range lines {
		if m := ctmForm.FindStringSubmatch(line.Message); m != nil && has(l.contents, m[2]) {
			l.transfers = with(l.transfers, strings.ToLower(m[1]))
		}
	}
	for _, line := range lines {
		if m := dtsForm.FindStringSubmatch(line.Message); m != nil && has(l.transfers, m[1]) {
			l.downloads = with(l.downloads, strings.ToLower(m[2]))
		}
	}
	return l
}
