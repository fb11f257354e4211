// Package evidence holds what proves something beside the lines of logs: copies of
// the update catalogue, instances of Win32_PatchState, the list of authorised
// updates, and what the inventory agent and the site note. It reads them from
// files that were listed by somebody else, or takes them as WMI gave them, and
// judges nothing.
//
// Times are UTC unless a field says otherwise. What could not be read is kept with
// its reason: it never hides what could.
package evidence

import (
	"errors"
	"time"

	"patchtrace/diagnose/evidence/mof"
	"patchtrace/logparse"
)

// File is a file that may be evidence.
type File struct {
	// Part names it by its path below the target, with slashes, and opens it.
	logparse.Part
	// Modified is the file's own date; zero if it is not known. That of a copied
	// file is often that of the copying. Wall is true when it is a wall clock whose
	// zone is not known, read as UTC: so most archives keep dates.
	Modified time.Time
	Wall     bool
	// Where is the whole path, with slashes, for what Name leaves out: the target
	// may itself be the vpcache folder. It is "" when Name is all there is.
	Where string
	// Named is true when somebody gave this file: that it holds no evidence is then
	// an error.
	Named bool
	// Missing is true for no file, but for a place that should hold a catalogue and
	// holds none.
	Missing bool
	// Err is why it was not looked at; nil for what can be opened.
	Err error
}

// Origin is where a fact was read.
type Origin struct {
	// Name is a file's path below the target, or `root\cimv2:Win32_PatchState` for
	// what WMI said.
	Name string
	// Line is the first line of it, from 1; 0 when there are no lines. Offset is
	// its first byte in the file as it stands on the disk.
	Line   int
	Offset int64
}

// ErrNoClass is why WMI gives no scan results where no scan has written any: the
// first one makes the class.
var ErrNoClass = errors.New("there is no such class")

// Set is all evidence of a target beside its logs.
type Set struct {
	// Catalogues are the copies of catalogues, in the order in which they are
	// made: package source, distribution point, client's cache.
	Catalogues []Copy
	// Patches are the instances of Win32_PatchState, Win32_PatchState_Extended and
	// CCM_UpdateStatus. PatchesAsked is true when somebody looked at a place that
	// has all of them (WMI, a whole export), so that a missing one means something;
	// PatchesErr is why that place could not be read.
	Patches      []PatchState
	PatchesAsked bool
	PatchesErr   error
	// Authorizations are the lists of authorised updates that were found.
	Authorizations []Authorization
	// Cycles are what the inventory agent notes of its last cycles.
	Cycles []Cycle
	// SitePatches are the instances that the site holds of this client, and
	// SiteAsked is true when the site was asked.
	SitePatches []PatchState
	SiteAsked   bool
	// Booted is when the machine was started last, zero if it is not known, and
	// BootedBy what says so.
	Booted   time.Time
	BootedBy Origin
	// Problems are files and places that could not be read.
	Problems []Problem
}

// Problem is evidence that could not be read.
type Problem struct {
	Name string
	Err  error
}

// Place is where a copy of a catalogue lies.
type Place string

// The places, in the order in which a catalogue comes to them.
const (
	PackageSource     Place = "package source"
	DistributionPoint Place = "distribution point"
	ClientCache       Place = "client's cache"
	// Elsewhere is a copy whose path does not tell.
	Elsewhere Place = "elsewhere"
)

// Generation is which catalogue it is.
type Generation string

// The generations.
const (
	MSSecure Generation = "mssecure" // mssecure.cab, mssecure.xml: security updates
	Office   Generation = "invcif"   // invcif.exe: Office updates
	WSUSScan Generation = "wsusscan" // wsusscan.cab: Microsoft Update until March 2007
	WSUSScn2 Generation = "wsusscn2" // wsusscn2.cab: Microsoft Update since then
)

// Copy is one copy of a catalogue.
type Copy struct {
	Origin
	Place      Place
	Generation Generation
	// Track is "security", "office" or "microsoft-update".
	Track string
	// Package is the package ID in the path, "" if none is.
	Package string
	// Size is in bytes.
	Size int64
	// Downloaded is the file's own date, zero if not known. Packed is the newest
	// date of a file in the cabinet: the wall clock of whoever packed it, with no
	// known zone. Published is the day (UTC midnight) of LastDataUpdate.
	Downloaded, Packed, Published time.Time
	// Wall is true when Downloaded is a wall clock of an unknown zone, read as UTC.
	Wall        bool
	DataVersion string
	// Digest tells equal copies from different ones: SHA-256 in hex, "" when the
	// copy was not read whole.
	Digest string
	// Missing is true when the place was looked at and holds no copy.
	Missing bool
	// Err is why it could not be read, nil if it could. What could be read of it all
	// the same is there.
	Err error
	// Opaque is why its content cannot be looked into here although nothing is
	// wrong with it (it is packed with LZX); nil if it can.
	Opaque error
	// Bulletins looks ids up in the content; nil when there is no content to look
	// into (Office and Microsoft Update catalogues).
	Bulletins func(find Find) ([]Listed, error)
}

// Find is what to look for in a catalogue.
type Find struct {
	// Bulletins are ids such as "MS04-011", Numbers article numbers such as
	// "835732". An entry is listed when any of them fits.
	Bulletins, Numbers []string
}

// Listed is a patch that a catalogue lists.
type Listed struct {
	Bulletin string
	// Number is the article's, without "Q" or "KB".
	Number       string
	Patch, Title string
	// Posted is the day of publication, Revised that of the last change.
	Posted, Revised time.Time
	// Products are the names of the affected products with their service packs.
	Products []string
	// SupersededBy are the bulletins and patches that replace it.
	SupersededBy []string
}

// State is what a scan found.
type State string

// The states. A scan tool that writes another word is quoted.
const (
	Installed  State = "Installed"
	Applicable State = "Applicable"
)

// PatchState is an instance of a class with scan results, whoever wrote it down.
type PatchState struct {
	Origin
	mof.Instance
	// Host is the computer that an export names, "" if it names none.
	Host string
	// Logged is when the line of a log was written that tells this, UTC; zero for
	// what is from WMI or an export.
	Logged time.Time
	// Zone is where times that name no zone are read; nil is UTC. Time gives them as
	// they stand.
	Zone *time.Location
	// Order is what dates such as 5/6/2007 have first, as others of the same export
	// show it; Doubt is one of them where none does.
	Order DateOrder
	Doubt string
	// Damaged is why the text around it could not be read whole, nil if it could.
	Damaged error
}

// Authorization is a list of authorised updates: PatchAuthorize.xml. Its layout is
// not published.
type Authorization struct {
	Origin
	// Modified is the file's own date; Wall is true when it is a wall clock of an
	// unknown zone, read as UTC.
	Modified time.Time
	Wall     bool
	Package  string
	Patches  []Authorized
	// Unknown is true when it is well-formed XML in which no update could be
	// recognised.
	Unknown bool
	Err     error
}

// Authorized is an update on the list.
type Authorized struct {
	Origin
	Bulletin, Number, Product, Title, File, Switches string
	// Time is when it was authorised as the list says it: Zoned is false for a
	// wall clock without a zone.
	Time  time.Time
	Zoned bool
	// Guessed is true when the ids were recognised by their form, not by the name
	// of what holds them.
	Guessed bool
}

// HardwareInventory is the id of the hardware inventory among the agent's actions.
const HardwareInventory = "{00000000-0000-0000-0000-000000000001}"

// Cycle is an instance of InventoryActionStatus.
type Cycle struct {
	Origin
	// Action is the action's id in braces: HardwareInventory is the one that
	// carries scan results.
	Action string
	// Started is LastCycleStartedDate, Reported LastReportDate.
	Started, Reported time.Time
	// Wall is true when the times are wall clocks of an unknown zone, read as UTC.
	Wall         bool
	Major, Minor int
	// Order and Doubt: see PatchState.
	Order DateOrder
	Doubt string
}
