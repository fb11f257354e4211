package evidence

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"patchtrace/diagnose/evidence/cab"
	"patchtrace/diagnose/evidence/catalogue"
)

// sentence is an error in words for people: what is wrong and what that means. The
// cause below it is for programs.
type sentence struct {
	text  string
	cause error
}

func (s *sentence) Error() string { return s.text }
func (s *sentence) Unwrap() error { return s.cause }

func plain(cause error, format string, args ...any) error {
	return &sentence{fmt.Sprintf(format, args...), cause}
}

const (
	brokenOff = "the download or the copy was broken off"
	copyAgain = "its bytes changed on the way or on the disk, fetch it again"
)

func errNotOpened(err error) error {
	return plain(err, "it could not be opened: %s", brief(err))
}

func errReading(err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return plain(io.ErrUnexpectedEOF, "it is shorter than it was when it was listed: somebody is writing it now; look again")
	}
	return plain(err, "it could not be read: %s", brief(err))
}

func errCut(what string, have, want int64, cause error) error {
	return plain(cause, "the %s is cut: %s of %s bytes are there; %s", what, grouped(have), grouped(want), brokenOff)
}

// errOther says that a file is another thing than its name says.
func errOther(want string, head []byte, cause error) error {
	if bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\ufeff")), " \t\r\n"), []byte("<")) {
		return plain(cause, "it is no %s but a page of HTML or XML: a proxy or web server has answered in its place, and that was saved", want)
	}
	return plain(cause, "it is no %s: it begins with %q; something else was saved under its name", want, head)
}

// errCabinet says what is wrong with a cabinet; r is nil when it could not be
// opened.
func errCabinet(err error, r *cab.Reader, size int64, head []byte) error {
	var at *cab.Error
	where := ""
	if errors.As(err, &at) {
		where = fmt.Sprintf(" at byte %s (%.200s)", grouped(at.Offset), at.What)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, cab.ErrNotCab):
		return errOther("cabinet", head, err)
	case errors.Is(err, cab.ErrCut) && r != nil && r.Missing() > 0:
		return errCut("cabinet", size, r.Size, err)
	case errors.Is(err, cab.ErrCut) && r == nil && len(head) >= 12 && int64(binary.LittleEndian.Uint32(head[8:])) > size:
		return errCut("cabinet", size, int64(binary.LittleEndian.Uint32(head[8:])), err) // the size stands there
	case errors.Is(err, cab.ErrCut) && r == nil:
		return plain(err, "the cabinet is cut: only %s bytes are there, which is less than its directory; %s", grouped(size), brokenOff)
	case errors.Is(err, cab.ErrCut):
		return plain(err, "the cabinet is damaged: it refers to a place behind its end%s; %s", where, copyAgain)
	case errors.Is(err, cab.ErrChecksum):
		return plain(err, "the cabinet is damaged: the checksum%s is wrong; %s", where, copyAgain)
	case errors.Is(err, cab.ErrDamaged):
		return plain(err, "the cabinet is damaged%s; %s", where, copyAgain)
	case errors.Is(err, cab.ErrMethod):
		return plain(err, "mssecure.xml in the cabinet is packed with a method that cannot be unpacked here%s, so its version and day of publication are not known; unpack it (expand FILE.cab -F:*.xml FOLDER) and read the XML", methodOf(r))
	case errors.Is(err, cab.ErrSpanned):
		return plain(err, "the cabinet is one of several, and mssecure.xml is partly in %s; no catalogue comes in parts, so it is not what the site's tool downloads", neighbours(r))
	case errors.Is(err, cab.ErrLarge):
		return plain(err, "mssecure.xml in the cabinet says that it is larger than %s bytes, which no catalogue is; it is not unpacked", grouped(maxInside))
	case errors.Is(err, cab.ErrName):
		return plain(err, "the cabinet has a name that would leave its folder%s; do not unpack it", where)
	}
	return errReading(err)
}

func methodOf(r *cab.Reader) string {
	if r == nil {
		return ""
	}
	for i := range r.Files {
		if errors.Is(r.Files[i].Err, cab.ErrMethod) {
			return " (" + r.Files[i].Method.String() + ")"
		}
	}
	return ""
}

func neighbours(r *cab.Reader) string {
	var names []string
	if r != nil {
		for _, name := range []string{r.Previous, r.Next} {
			if name != "" {
				names = append(names, fmt.Sprintf("%.60q", name))
			}
		}
	}
	if names == nil {
		return "another one"
	}
	return strings.Join(names, " and ")
}

// errUnsafe speaks of names that no maker of catalogues writes: what else is in such
// a cabinet was read, but somebody has made it who should not have.
func errUnsafe(r *cab.Reader) error {
	for i := range r.Files {
		if f := &r.Files[i]; errors.Is(f.Err, cab.ErrName) {
			return plain(f.Err, "the cabinet has a file named %.100q, a name that would leave its folder or meet a device: no maker of catalogues writes that; do not unpack it, fetch it again", f.Name)
		}
	}
	return nil
}

func errNoXML(r *cab.Reader) error {
	var names []string
	for i := range r.Files[:min(len(r.Files), 5)] {
		names = append(names, fmt.Sprintf("%.60q", path.Base(r.Files[i].Name)))
	}
	has := "nothing"
	if names != nil {
		has = strings.Join(names, ", ")
	}
	if more := len(r.Files) - len(names); more > 0 {
		has += fmt.Sprintf(" and %d more", more)
	}
	return plain(cab.ErrNoFile, "the cabinet has no mssecure.xml: it holds %s; another cabinet was saved under its name", has)
}

// errContent says what is wrong with mssecure.xml, or with the cabinet that it
// comes out of; r is nil for a bare file.
func errContent(err error, r *cab.Reader, size int64, head []byte) error {
	var at *cab.Error
	var syntax *xml.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &at) || errors.Is(err, cab.ErrLarge):
		return errCabinet(err, r, size, head)
	case errors.Is(err, catalogue.ErrNotCatalogue):
		return plain(err, "mssecure.xml is XML, but no catalogue: %s; something else was saved under its name", brief(err))
	case errors.Is(err, catalogue.ErrDeclares):
		return plain(err, "mssecure.xml has a DOCTYPE or another declaration, which no catalogue has and with which XML takes in other files: it is refused (%s)", brief(err))
	case errors.Is(err, catalogue.ErrExternal):
		return plain(err, "mssecure.xml refers to another file to be put into it, which no catalogue does: it is refused (%s)", brief(err))
	case errors.Is(err, catalogue.ErrDeep), errors.Is(err, catalogue.ErrLong):
		return plain(err, "mssecure.xml is built as no catalogue is, and reading it was given up: %s", brief(err))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &syntax) && strings.Contains(syntax.Msg, "unexpected EOF"):
		return plain(err, "mssecure.xml is cut: it ends in the middle (%s); %s", brief(err), brokenOff)
	case syntax != nil && strings.Contains(syntax.Msg, "invalid character entity"):
		return plain(err, "mssecure.xml uses an entity, which no catalogue does: it is refused (%s)", brief(err))
	case syntax != nil:
		return plain(err, "mssecure.xml is damaged: %s; fetch it again", brief(err))
	}
	return errReading(err)
}

// brief is an error's text, bounded: it may quote the file.
func brief(err error) string {
	text := strings.TrimSpace(err.Error())
	if len(text) > 300 {
		text = strings.ToValidUTF8(text[:300], "") + "…"
	}
	return text
}

// grouped writes 98765 as "98,765".
func grouped(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
