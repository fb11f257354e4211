package lab

import "time"

// siteZone is where the practice site's servers stand.
var siteZone = time.FixedZone("", -5*60*60)

// trueTime is the time in the lab: that of the real world, plus what was waited
// for.
func (l *Lab) trueTime() time.Time {
	return l.real().Add(time.Duration(l.config().Ahead))
}

// pass lets time go by in the lab. Nobody waits.
func (l *Lab) pass(d time.Duration) error {
	err := change(l, fileLab, func(c *config) { c.Ahead += Span(d) })
	if err != nil {
		return err
	}
	return l.reload()
}

// clientTime is what the client's clock shows.
func (l *Lab) clientTime(m *machine) (time.Time, error) {
	loc, err := m.location()
	if err != nil {
		return time.Time{}, err
	}
	return l.trueTime().Add(time.Duration(m.ClockOffset)).In(loc), nil
}
