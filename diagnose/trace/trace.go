// Package trace follows one patch through all that is known of a client: from the
// catalogue over scan, inventory and authorisation to its installation and the
// scan that sees it. It names the first link that broke, each with its evidence.
//
// It is pure: the evidence, the lines and the time come from the caller.
package trace

import (
	"time"

	"patchtrace/diagnose"
	"patchtrace/diagnose/evidence"
	"patchtrace/logparse"
	"patchtrace/pipeline"
)

// Schema names the layout of the JSON. Fields may be added, never renamed.
const Schema = "patchtrace.trace/v1"

// Trace is the answer: a chain for each article and product, or for each update.
// It is plain data; encoding/json gives the documented layout.
type Trace struct {
	Schema  string `json:"schema"`
	Product string `json:"product"`
	Target  string `json:"target"`
	// Now is the instant that ages are counted from, in UTC.
	Now  time.Time     `json:"now"`
	Zone diagnose.Zone `json:"zone"`
	// Patch is what was asked for, with the other names that evidence gives it.
	Patch   Patch   `json:"patch"`
	Outcome Outcome `json:"outcome"`
	// Summary is the answer in one sentence.
	Summary string  `json:"summary"`
	Chains  []Chain `json:"chains"`
	// Notes are remarks on what could not be read, one sentence each.
	Notes []string `json:"notes,omitempty"`
}

// Outcome is how a chain ends.
type Outcome string

// The outcomes.
const (
	// Installed: the patch is on the client, a scan saw it, and the site was told.
	Installed Outcome = "installed"
	// Superseded: another patch replaces it.
	Superseded Outcome = "superseded"
	// NotApplicable: the client has no product that it is for.
	NotApplicable Outcome = "not-applicable"
	// Waiting: nothing is wrong yet, but something is still to happen.
	Waiting Outcome = "waiting"
	// Unknown: the evidence does not tell.
	Unknown Outcome = "unknown"
	// Broken: a link is broken.
	Broken Outcome = "broken"
)

// gravity orders outcomes from good to bad.
var gravity = map[Outcome]int{NotApplicable: 0, Superseded: 1, Installed: 2, Waiting: 3, Unknown: 4, Broken: 5}

// Chain is the way of one patch for one product, or of one update.
type Chain struct {
	Bulletin string `json:"bulletin,omitempty"`
	// Number is the article's.
	Number string `json:"number,omitempty"`
	// Update is the update's id.
	Update  string  `json:"update,omitempty"`
	Product string  `json:"product,omitempty"`
	Title   string  `json:"title,omitempty"`
	Outcome Outcome `json:"outcome"`
	Summary string  `json:"summary"`
	// Broken is the id of the first broken link, "" if none is.
	Broken string `json:"broken,omitempty"`
	// Do says what to do next, in order.
	Do    []string `json:"do"`
	Steps []Step   `json:"steps"`
}

// State is how a link stands.
type State string

// The states of a link.
const (
	OK State = "ok"
	// Failed is a broken link.
	Failed State = "broken"
	// Pending is a link that nothing is wrong with, but that is not there yet.
	Pending State = "waiting"
	// Unseen is a link that could not be seen.
	Unseen State = "unknown"
	// Skipped is a link that is not needed.
	Skipped State = "skipped"
)

// Ids of the links of the SMS products.
const (
	StepCatalogue  = "catalogue"
	StepScan       = "scan"
	StepInventory  = "inventory"
	StepAuthorised = "authorised"
	StepInstall    = "install"
	StepRescan     = "rescan"
)

// Ids of the links of Configuration Manager, beside those above.
const (
	StepState    = "state"
	StepDeployed = "deployed"
	StepContent  = "content"
	StepRestart  = "restart"
)

// Step is one link of a chain.
type Step struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	State State  `json:"state"`
	// Text is what was found, in one sentence.
	Text string `json:"text"`
	// Since is since when the link stands so, in UTC.
	Since *time.Time `json:"since,omitempty"`
	// By is what the link was made by, such as the scan tool.
	By string `json:"by,omitempty"`
	// Code is an exit or error code; CodeName and CodeMeaning explain it.
	Code        string `json:"code,omitempty"`
	CodeName    string `json:"codeName,omitempty"`
	CodeMeaning string `json:"codeMeaning,omitempty"`
	// Copies are the copies of the catalogue that were looked into.
	Copies   []Copy              `json:"copies,omitempty"`
	Evidence []diagnose.Evidence `json:"evidence"`
	// Absent names what was looked for and not found, when that is the proof.
	Absent string `json:"absent,omitempty"`
	// Behind is true when it waits for nothing but a link before it.
	Behind bool `json:"behind,omitempty"`
	// do is what to do when the link is broken, or waited for.
	do []string
}

// Copy is a copy of the catalogue, as far as the patch goes.
type Copy struct {
	Place string `json:"place"`
	Name  string `json:"name"`
	Track string `json:"track,omitempty"`
	// State is "listed", "not-listed", "missing", "unreadable" or "not-looked-into".
	State       string `json:"state"`
	DataVersion string `json:"dataVersion,omitempty"`
	// Published and Downloaded are those of the copy, Posted that of the patch.
	Published    *time.Time `json:"published,omitempty"`
	Downloaded   *time.Time `json:"downloaded,omitempty"`
	Posted       *time.Time `json:"posted,omitempty"`
	Products     []string   `json:"products,omitempty"`
	SupersededBy []string   `json:"supersededBy,omitempty"`
	// Problem is why it could not be read.
	Problem string `json:"problem,omitempty"`
}

// Input is all that is known.
type Input struct {
	Patch Patch
	// Product is the playbook's id; "" takes the report's.
	Product string
	// Playbook is what the target was judged by; nil loads the one of Product.
	Playbook *pipeline.Playbook
	// Now is the instant to judge as of; zero takes the report's.
	Now time.Time
	// Location is the zone that lines without one are in; nil takes the report's
	// offset.
	Location *time.Location
	// Report is the diagnosis of the same target: runs of the stages, and why one
	// of them broke. It may be nil.
	Report   *diagnose.Report
	Evidence evidence.Set
	// Lines are what a Filter chose, in the order of each log.
	Lines []Line
}

// Line is a record that concerns the patch. It must be a clone: it is kept.
type Line struct{ *logparse.Record }

// Steps returns the ids of a product's links in order.
func Steps(product string) []string {
	if product == configmgr {
		return []string{StepScan, StepState, StepDeployed, StepContent, StepInstall, StepRestart, StepRescan}
	}
	return []string{StepCatalogue, StepScan, StepInventory, StepAuthorised, StepInstall, StepRescan}
}

const (
	configmgr = "configmgr"
	itmu      = "sms2003-itmu"
)
