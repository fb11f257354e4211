package logparse

import "fmt"

// NoticeKind is what a Notice tells.
type NoticeKind uint8

// What happens to files that are followed.
const (
	// Ready: the logs that were there are read as far as From asks for; what is
	// written from now on is delivered as it comes. It is told once.
	Ready NoticeKind = iota
	// Waiting: a folder or log that was named does not exist yet.
	Waiting
	// Appeared: a log is there that was not.
	Appeared
	// Rotated: the log's file now is Part; it is read to its end there, then the
	// log goes on in its own file.
	Rotated
	// Replaced: the log's file was deleted, and there is a new one.
	Replaced
	// Truncated: the file was cut or written anew; it is read from its start.
	Truncated
	// Vanished: the log's file is gone; it is waited for.
	Vanished
	// Gap: records may be lost: Part was overwritten or deleted before it was
	// read beyond Offset, or the log was rotated more than once unseen.
	Gap
	// Overlong: the record at Offset of Part is longer than MaxRecord and was cut.
	Overlong
	// Unreadable: Part cannot be read because of Err; it is tried again.
	Unreadable
	// NotText: Part is no text and is left out.
	NotText
	// PollOnly: Log, a folder, sends no events because of Err; it is looked at
	// every Poll only.
	PollOnly
	// TooMany: there are more folders or logs than can be followed; those from Log
	// on are left out.
	TooMany
)

var noticeNames = [...]string{
	"ready", "waiting", "appeared", "rotated", "replaced", "truncated", "vanished",
	"gap", "overlong", "unreadable", "not-text", "poll-only", "too-many",
}

// String returns the kind as a word.
func (k NoticeKind) String() string {
	if int(k) < len(noticeNames) {
		return noticeNames[k]
	}
	return "notice"
}

// Notice tells what happened to a file. Only the fields that its kind speaks of
// are set.
type Notice struct {
	Kind NoticeKind
	// Log is the log's name as in Pos; of a folder its path.
	Log string
	// Part is the file's name as in Pos, and Offset a place in it in bytes.
	Part   string
	Offset int64
	Err    error
}

// String tells the notice in one line. Names in it are as they are on disk.
func (n Notice) String() string {
	switch n.Kind {
	case Ready:
		return "following"
	case Waiting:
		return n.Log + " does not exist yet; waiting for it"
	case Appeared:
		return n.Log + " appeared; read from its start"
	case Rotated:
		return fmt.Sprintf("%s was rotated to %s", n.Log, n.Part)
	case Replaced:
		return n.Log + " was deleted and made anew; read from its start"
	case Truncated:
		return n.Part + " was cut or written anew; read from its start"
	case Vanished:
		return n.Log + " vanished; waiting for it"
	case Gap:
		return fmt.Sprintf("%s: records may be missing: %s was overwritten or deleted before it was read beyond byte %d", n.Log, n.Part, n.Offset)
	case Overlong:
		return fmt.Sprintf("%s: the record at byte %d is longer than %d bytes and was cut", n.Part, n.Offset, MaxRecord)
	case Unreadable:
		return fmt.Sprintf("%s cannot be read, still trying: %v", n.Part, n.Err)
	case NotText:
		return n.Part + " is no text and is left out"
	case PollOnly:
		if n.Log == "" {
			return fmt.Sprintf("no events from the file system, looking at the files now and then instead: %v", n.Err)
		}
		return fmt.Sprintf("no events from %s, looking at its files now and then instead: %v", n.Log, n.Err)
	case TooMany:
		return fmt.Sprintf("%s and what follows is left out: %v", n.Log, n.Err)
	}
	return n.Kind.String()
}
