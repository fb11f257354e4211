package trace

import (
	"slices"
	"time"
)

// forget drops what a scan said of an update that is superseded, where the client has
// tried to get or to install it since: what came of that is newer, and counts.
func (k *cmChain) forget() {
	var tried time.Time
	for i := range k.install {
		if m := &k.install[i]; m.kind != markBegan {
			tried = later(tried, &m.at)
		}
	}
	for i := range k.content {
		if m := &k.content[i]; m.kind == markFailed {
			tried = later(tried, &m.at)
		}
	}
	k.status = slices.DeleteFunc(k.status, func(m cmMark) bool {
		old := m.kind == "superseded" && m.at.Before(tried)
		if old {
			k.replaced = m.detail
		}
		return old
	})
}
