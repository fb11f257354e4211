package pipeline

import (
	"fmt"
	"slices"
	"strings"
)

// Severities of a signature's finding.
const (
	SevError   = "error"
	SevWarning = "warning"
	SevInfo    = "info"
)

// Sides of a log: the machine that writes it.
const (
	SideClient   = "client"
	SideServer   = "server"
	SideSyncHost = "synchost"
)

// Where a stage shows.
const (
	ShowsClient    = "client"
	ShowsElsewhere = "elsewhere"
	ShowsWhenDue   = "when-due"
)

// What a restart of the machine has to do with a line.
const (
	RestartEnds   = "ends"
	RestartAllows = "allows"
	RestartShows  = "shows"
)

// Kinds of a command.
const (
	CommandExec   = "exec"
	CommandWMI    = "wmi"
	CommandManual = "manual"
)

// severityOf is the severity of a finding whose signature names none. The other
// kinds make no finding.
var severityOf = map[string]string{Failure: SevError, Wait: SevWarning}

// The words that a field may hold.
var (
	kindWords       = []string{Start, Progress, Success, Failure, Wait, Noise}
	severityWords   = []string{SevError, SevWarning, SevInfo}
	confidenceWords = []string{Documented, Inferred, Generic}
	sideWords       = []string{SideClient, SideServer, SideSyncHost}
	showsWords      = []string{ShowsClient, ShowsElsewhere, ShowsWhenDue}
	commandWords    = []string{CommandExec, CommandWMI, CommandManual}
	catalogueWords  = []string{"mssecure", "invcif", "wsusscan", "wsusscn2"}
	restartWords    = []string{RestartEnds, RestartAllows, RestartShows}
	fieldWords      = []string{"text", "time", "number", "yesno"}
)

// vocabulary reports each field that holds a word it may not hold, and each
// signature that lacks what every use of it needs. The tree has the places.
func (d *decoder) vocabulary(p *Playbook, root *node) {
	if p.ID == "" {
		d.report(root, "the playbook has no id", "add id: with a short name of the product")
	}
	stages := root.get("stages")
	for i, s := range p.Stages {
		d.stageWords(s, stages.item(i))
	}
	d.noteWords(p.Notes, root.get("notes"))
}

func (d *decoder) stageWords(s *Stage, n *node) {
	d.oneOf(n, "id", s.ID, StageIDs[:])
	d.oneOf(n, "shows", s.Shows, showsWords)
	for i, c := range s.Catalogues {
		if !slices.Contains(catalogueWords, c) {
			d.report(n.get("catalogues").item(i), fmt.Sprintf("unknown catalogue `%s`", c), "use "+choices(catalogueWords))
		}
	}
	for i := range s.Logs {
		log := n.get("logs").item(i)
		d.oneOf(log, "side", s.Logs[i].Side, sideWords)
		d.oneOf(log, "confidence", s.Logs[i].Confidence, confidenceWords)
	}
	for i := range s.Commands {
		d.oneOf(n.get("commands").item(i), "kind", s.Commands[i].Kind, commandWords)
	}
	for i := range s.Manual {
		if f := s.Manual[i].Field; f != nil {
			d.oneOf(n.get("manual").item(i).get("field"), "kind", f.Kind, fieldWords)
		}
	}
	for i, sig := range s.Signatures {
		d.signatureWords(sig, n.get("signatures").item(i))
	}
	d.noteWords(s.Notes, n.get("notes"))
}

func (d *decoder) signatureWords(sig *Signature, n *node) {
	if sig.ID == "" {
		d.report(n, "a signature without an id", "add id: <playbook>.<stage>.<what it means>")
	}
	if sig.Pattern == nil || sig.Pattern.Regexp == nil {
		sig.Pattern = nil
		if n.get("pattern") == nil {
			d.report(n, fmt.Sprintf("signature `%s` has no pattern", sig.ID), "")
		}
	}
	if sig.Kind == "" {
		d.report(n, fmt.Sprintf("signature `%s` has no kind", sig.ID), "use "+choices(kindWords))
	}
	d.oneOf(n, "kind", sig.Kind, kindWords)
	d.oneOf(n, "stage", sig.Stage, StageIDs[:])
	d.oneOf(n, "restart", sig.Restart, restartWords)
	d.oneOf(n, "severity", sig.Severity, severityWords)
	d.oneOf(n, "confidence", sig.Confidence, confidenceWords)
}

func (d *decoder) noteWords(notes []Note, n *node) {
	for i := range notes {
		d.oneOf(n.item(i), "confidence", notes[i].Confidence, confidenceWords)
	}
}

// oneOf reports a value that is none of words. An absent one passes.
func (d *decoder) oneOf(n *node, field, value string, words []string) {
	if value == "" {
		return
	}
	for _, w := range words {
		if value == w {
			return
		}
	}
	at := n
	if v := n.get(field); v != nil {
		at = v
	}
	if at == nil {
		at = &node{line: 1, column: 1}
	}
	d.report(at, fmt.Sprintf("unknown %s `%s`", field, value), "use "+choices(words))
}

// choices lists words as a sentence does: "a, b or c".
func choices(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
