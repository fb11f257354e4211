package merged

import (
	"time"

	"golang.org/x/text/encoding/charmap"

	"patchtrace/logparse"
)

// Options say how logs are merged. The zero value is right for nearly everything.
type Options struct {
	// Zone is the zone of lines that do not tell theirs; nil means UTC.
	Zone *time.Location
	// CodePage decodes what is no UTF-8; nil means Windows-1252.
	CodePage *charmap.Charmap
}

// Filter says which records a view shows. The zero Filter shows all.
type Filter struct {
	// Logs are the names of the logs to show, nil for all.
	Logs []string
	// MinSeverity leaves out what is below it.
	MinSeverity logparse.Severity
	// Text is to be found in the message or the component, whatever the case of
	// letters. With Regexp it is a RE2 pattern.
	Text   string
	Regexp bool
	// Thread, unless nil, leaves in the records of one thread.
	Thread *Thread
}

// Thread is a thread of a log's writer.
type Thread struct {
	Log string
	ID  uint64
}

// Query is what to search for. A record is found when it has all of it.
type Query struct {
	// Text is as in Filter; "" is found everywhere.
	Text        string
	Regexp      bool
	MinSeverity logparse.Severity
}

// Counts are the records that the view shows, of those that are known so far.
type Counts struct{ Records, Warnings, Errors int64 }
