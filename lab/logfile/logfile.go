// Package logfile writes log lines in the formats of SMS: CCM for the Advanced
// Client, and the trailer format in the generations of the SMS 2.0 client and of
// both servers.
package logfile

import (
	"fmt"
	"strings"
	"time"
)

// Format is how a log is written.
type Format int

// The formats.
const (
	// CCM is the Advanced Client's and the management point's.
	CCM Format = iota
	// Client2 is the trailer of the SMS 2.0 client: local time without a zone.
	Client2
	// Server2 is the trailer of the SMS 2.0 server: with the zone's name.
	Server2
	// Server2003 is the trailer of the SMS 2003 server: with the bias.
	Server2003
)

// Severity is the type of a CCM record. The trailer formats have none.
type Severity int

// Severities as CCM numbers them.
const (
	Info    Severity = 1
	Warning Severity = 2
	Error   Severity = 3
)

// Record is one line to be written.
type Record struct {
	// At is the instant, in the zone of the machine that writes.
	At        time.Time
	Component string
	Thread    int
	Severity  Severity
	Message   string
	// Source stands where a program puts its source file. Only CCM has it.
	Source string
}

// Line writes the record as one line with its end.
func (f Format) Line(r Record) string {
	switch f {
	case Client2:
		return trailer(r, r.At.Format("Mon Jan 02 15:04:05.000 2006"))
	case Server2:
		if name := zoneName(r.At); name != "" {
			return trailer(r, r.At.Format("Mon Jan 02 15:04:05.000 2006 ")+name)
		}
		fallthrough
	case Server2003:
		return trailer(r, r.At.Format("01-02-2006 15:04:05.000")+bias(r.At))
	}
	return fmt.Sprintf("<![LOG[%s]LOG]!><time=\"%s%s\" date=\"%s\" component=\"%s\" context=\"\" type=\"%d\" thread=\"%d\" file=\"%s\">\r\n",
		r.Message, r.At.Format("15:04:05.000"), bias(r.At), r.At.Format("01-02-2006"), r.Component, r.Severity, r.Thread, r.Source)
}

// trailer puts a message of several lines on one: a tilde stands for the break.
func trailer(r Record, date string) string {
	message := strings.ReplaceAll(strings.ReplaceAll(r.Message, "\r\n", "\n"), "\n", "~")
	return fmt.Sprintf("%s  $$<%s><%s><thread=%d (0x%X)>\r\n", message, r.Component, date, r.Thread, r.Thread)
}

// bias is minutes west of UTC: UTC = local + bias.
func bias(t time.Time) string {
	_, east := t.Zone()
	return fmt.Sprintf("%+04d", -east/60)
}

// zoneName names the zones that the practice site may lie in.
func zoneName(t time.Time) string {
	_, east := t.Zone()
	return map[int]string{
		-8 * 3600: "Pacific Standard Time", -7 * 3600: "Mountain Standard Time", -6 * 3600: "Central Standard Time",
		-5 * 3600: "Eastern Standard Time", 0: "GMT Standard Time", 3600: "W. Europe Standard Time",
	}[east]
}
