package diagnose

import (
	"math"
	"strings"

	"patchtrace/pipeline"
)

// whose returns the lane that a wait is of, such as the deployment that found no
// maintenance window; "" if the wait is of none or nothing tells. A line that does not
// name it stands behind the one with which the lane began: that began last in the same
// log, and where several began at one time, they wait one after the other.
func (s *stageState) whose(ev *event) string {
	sig := ev.hit.sig
	if sig.Of == "" || ev.kind() != pipeline.Wait {
		return ""
	}
	of := lane(fill(sig.Of, ev.hit.captures))
	if !strings.HasSuffix(of, ":") {
		return of
	}
	var next, last *event
	for id, t := range s.tracks {
		start := t.running()
		if start == nil || id == of || !strings.HasPrefix(id, of) || start.log != ev.log || !closeTo(start, ev) {
			continue
		}
		if own := s.tracks[ev.track+id[strings.IndexByte(id, ':'):]]; (own == nil || own.outcome == nil) && (next == nil || after(next, start)) {
			next = start
		}
		if last == nil || after(start, last) {
			last = start
		}
	}
	switch {
	case next != nil:
		return next.track
	case last != nil:
		return last.track
	}
	return ""
}

// closeTo tells whether two lines of one log belong to one incident.
func closeTo(a, b *event) bool {
	if a.order == math.MinInt64 || b.order == math.MinInt64 {
		return true
	}
	return b.order-a.order <= int64(nearby)
}

// kindOf is the kind of a lane that is one of several, such as "deployment:", "" of any
// other.
func kindOf(id string) string { return id[:strings.IndexByte(id, ':')+1] }

// endOwn ends what waited for a lane when the lane begins anew or has an outcome.
func (s *stageState) endOwn(ev *event) {
	switch kind := ev.kind(); {
	case kind == pipeline.Start, kind == pipeline.Success, kind == pipeline.Failure:
	case kind == pipeline.Wait && len(ev.hit.sig.Clears) > 0: // a result, such as a restart that is due
	default:
		return
	}
	for _, t := range s.owned {
		if t.of == ev.track {
			t.clear()
		}
	}
}

// ofAnother tells whether the wait is of another lane of the same kind.
func (t *trackState) ofAnother(id string) bool {
	return t.of != "" && t.of != id && strings.HasPrefix(id, kindOf(t.of))
}

// onlyOne tells whether a wait is of that name and of the only lane of its kind: then a
// result that names no lane can be of no other one.
func (s *stageState) onlyOne(t *trackState, name string) bool {
	if t.of == "" || !strings.HasPrefix(t.id, name+":") {
		return false
	}
	kind := kindOf(t.of)
	for id := range s.tracks {
		if id != t.of && id != kind && strings.HasPrefix(id, kind) {
			return false
		}
	}
	return true
}
