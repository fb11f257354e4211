package pipeline

import "time"

// awaited is the first want that has no outcome, -1 if each has one.
func (s *running) awaited() int {
	for i, stand := range s.stands {
		if stand.outcome() == Open {
			return i
		}
	}
	return -1
}

func (s Stand) outcome() Standing {
	if s.Standing == "" {
		return Open
	}
	return s.Standing
}

// signOfLife begins the patience anew when the awaited stage shows life.
func (s *running) signOfLife(at int, marks []Mark) {
	if at < 0 {
		return
	}
	alive, longest := false, time.Duration(0)
	for _, m := range marks {
		if m.Stage == s.job.Wants[at].Stage && m.Kind != Noise {
			alive, longest = true, m.Patience
		}
	}
	if alive {
		s.bePatient(longest)
	}
}

// bePatient waits for the awaited stage from now on, if a mark allows it for
// longer than the stage does.
func (s *running) bePatient(mark time.Duration) {
	at := s.awaited()
	if at < 0 {
		at = len(s.job.Wants) - 1
	}
	patience := anyPatience
	if at >= 0 {
		want := s.job.Wants[at]
		if want.Patience > 0 {
			patience = want.Patience
		}
		if !want.Fixed {
			patience = max(patience, mark)
		}
	}
	s.patience.Reset(patience)
}

// weigh lets the run settle when there is nothing left to wait for.
func (s *running) weigh() {
	if d, ok := s.settled(); ok {
		s.settle.Reset(d)
		return
	}
	s.settle.Stop()
}

// settled tells whether the run is over unless something new is seen within d.
func (s *running) settled() (d time.Duration, ok bool) {
	if s.alive {
		return 0, false
	}
	// Of a call only the logs tell when it is over, unless it was refused.
	call := s.process == nil && s.res.StartErr == nil
	silent := s.res.Code != 0 || s.res.CodeErr != nil || s.res.StartErr != nil
	d = s.delays.Settle
	for _, stand := range s.stands {
		switch {
		case stand.outcome() == Open:
			return s.delays.Silent, silent
		case !stand.Sure && call:
			return 0, false
		case !stand.Sure:
			d = s.delays.Unsure
		}
		switch {
		case stand.Standing == Waits, stand.Standing == Broke && call:
			return max(d, s.delays.Wait), true // it may try again soon
		case stand.Standing == Broke:
			return d, true // what would follow does not
		}
	}
	return d, true
}

// impatient gives up.
func (s *running) impatient() {
	s.res.Impatient = true
	s.tell(RunEvent{Kind: RunImpatient})
	if s.process == nil || !s.alive {
		s.over = true
		return
	}
	s.end()
}
