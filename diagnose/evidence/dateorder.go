package evidence

import (
	"fmt"
	"strings"
)

// DateOrder is what comes first in dates as the settings of a country have them.
type DateOrder uint8

// The orders. Contradictory is that of an export whose dates cannot all be of one
// country: of 5/6/2007 nobody knows the order there.
const (
	DayFirst DateOrder = iota + 1
	MonthFirst
	Contradictory
)

// orderOf is the order of a date that matches writtenDate and has its year last, 0
// if nothing tells it. Of two numbers the one above twelve is the day; with dots the
// day comes first everywhere; Australia writes 5/06/2007 2:02:00 AM. Else the dates
// beside it tell. Where they do not, the month is taken to come first, as in the
// United States, in what is written with AM or PM and without noughts: guessed is
// true then. Who writes a.m. and p.m. is elsewhere.
func orderOf(m []string, others DateOrder) (order DateOrder, guessed bool) {
	a, b, half := smallNumber(m[1]), smallNumber(m[3]), m[8] != ""
	switch {
	case m[2] == ".", a > 12, a == b:
		return DayFirst, false
	case b > 12:
		return MonthFirst, false
	case others == Contradictory:
		return 0, false
	case half && m[2] == "/" && len(m[1]) == 1 && m[3][0] == '0':
		return DayFirst, false
	case others != 0:
		return others, false
	case half && m[9] == "" && m[2] == "/" && m[1][0] != '0' && m[3][0] != '0':
		return MonthFirst, true
	}
	return 0, false
}

// dateOrders collects what the dates of one export tell of their order. Whoever
// saved it has set one country.
type dateOrders struct {
	order DateOrder
	// doubtful is the first date that needs the others.
	doubtful string
}

// see takes a value, which mostly is no date.
func (d *dateOrders) see(text string) {
	if len(text) < len("1/1/2006 1:02") || len(text) > 64 || !strings.ContainsAny(text[1:3], "/-") {
		return
	}
	text = strings.TrimSpace(blanks.Replace(text))
	m := writtenDate.FindStringSubmatch(text)
	if m == nil || len(m[4]) != 4 || len(m[1]) > 2 || smallNumber(m[4]) < minYear {
		return
	}
	switch order, guessed := orderOf(m, 0); {
	case order == 0 || guessed:
		if d.doubtful == "" {
			d.doubtful = text
		}
	case m[1] == m[3]: // the fifth of May in both
	case d.order == 0:
		d.order = order
	case d.order != order:
		d.order = Contradictory
	}
}

// doubt is the date whose order nothing tells, "" if there is none.
func (d *dateOrders) doubt() string {
	if d.order == DayFirst || d.order == MonthFirst {
		return ""
	}
	return d.doubtful
}

// maxDoubts is how many exports Doubts tells of one by one.
const maxDoubts = 8

// Doubts says, for each export with dates whose order nothing tells, how they are
// read.
func (s *Set) Doubts() []string {
	var list []string
	seen, more := map[string]bool{}, 0
	add := func(name, text string, order DateOrder) {
		if text == "" || seen[name] {
			return
		}
		seen[name] = true
		if len(list) == maxDoubts {
			more++
			return
		}
		how := "are read with the month first, as in the United States"
		if _, _, ok := parseMomentIn(text, order); !ok {
			how = "are read as no time"
		}
		list = append(list, fmt.Sprintf("Dates such as %s in %s %s: nothing there tells whether the day or the month comes first. Get-WmiObject and ConvertTo-Json write dates that are certain.", text, name, how))
	}
	for i := range s.Patches {
		add(s.Patches[i].Name, s.Patches[i].Doubt, s.Patches[i].Order)
	}
	for i := range s.Cycles {
		add(s.Cycles[i].Name, s.Cycles[i].Doubt, s.Cycles[i].Order)
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%d more exports hold such dates.", more))
	}
	return list
}
