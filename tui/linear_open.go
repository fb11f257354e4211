package tui

import (
	"context"
	"fmt"
	"strings"
)

// chooseTarget has a target chosen and opens it, until one is open or the user
// leaves the question.
func (l *linear) chooseTarget() {
	for l.goesOn() {
		p, ok := l.choosePlace()
		if !ok || l.open(p) {
			return
		}
	}
}

// choosePlace asks for a place: those that the desk offers, and those that need a
// name or a path.
func (l *linear) choosePlace() (Place, bool) {
	var places []Place
	err := l.wait(func(ctx context.Context) error { places = l.desk.Places(ctx); return nil })
	if err != nil {
		l.sayErr(err)
		return Place{}, false
	}
	places = linearPlaces(places)
	var items []string
	for _, p := range places {
		items = append(items, linearPlaceItem(p))
	}
	for {
		n, ok := l.choose("What is to be looked at?", items)
		if !ok {
			return Place{}, false
		}
		if places[n].Off {
			l.sayf("This cannot be opened: %s.", places[n].Note)
			continue
		}
		return l.completePlace(places[n])
	}
}

// linearPlaces adds the places that a name or a path must be typed for, and the lab.
func linearPlaces(places []Place) []Place {
	places = append([]Place{}, places...)
	for _, kind := range []PlaceKind{Remote, Folder, Zip, Lab} {
		known := false
		for _, p := range places {
			known = known || p.Kind == kind && p.Path == "" && !p.Off
		}
		if !known {
			places = append(places, Place{Kind: kind})
		}
	}
	return places
}

func linearPlaceItem(p Place) string {
	text := string(p.Kind)
	switch {
	case p.Path != "":
		text += " " + p.Path
	case p.Kind == Remote:
		text += ", by its name"
	case p.Kind == Folder, p.Kind == Zip:
		text = "a " + text + ", by its path"
	case p.Kind == Lab:
		text = "practice lab"
	}
	if p.Note != "" {
		text += ", " + p.Note
	}
	return endSentence(text)
}

// completePlace asks for what is missing of a place.
func (l *linear) completePlace(p Place) (Place, bool) {
	ok := true
	switch {
	case p.Kind == Lab && p.Path == "":
		return l.chooseFault(p)
	case p.Path != "" || p.Kind == ThisComputer:
	case p.Kind == Remote:
		p.Path, ok = l.ask("Name of the computer, or cancel:")
		if ok && !strings.HasPrefix(p.Path, `\\`) {
			p.Path = `\\` + p.Path
		}
	default:
		p.Path, ok = l.ask(fmt.Sprintf("Path of the %s, or cancel:", p.Kind))
	}
	return p, ok
}

// chooseFault asks what is broken in a new lab. A surprise is not told.
func (l *linear) chooseFault(p Place) (Place, bool) {
	faults := l.desk.Faults()
	items := []string{"Nothing is broken.", "A surprise: find out yourself what is broken."}
	for _, f := range faults {
		items = append(items, endSentence(f.Stage+": "+f.Cause))
	}
	if len(faults) == 0 {
		return p, true
	}
	n, ok := l.choose("A practice lab. What is broken in it?", items)
	switch {
	case !ok:
		return p, false
	case n == 1:
		p.Fault, p.Secret = faults[l.pick(len(faults))].Name, true
	case n > 1:
		p.Fault = faults[n-2].Name
	}
	return p, true
}
