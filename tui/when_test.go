package tui

import (
	"testing"
	"time"
)

func TestWhatIsSlightlyAfterNowIsJustNow(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "just now", -100 * time.Second: "just now", -time.Hour: "in 1 h",
		0: "now", time.Minute: "1 min ago", 6 * 24 * time.Hour: "6 d ago",
		400 * day: "400 d ago", 2190 * day: "6 y ago",
	} {
		if got := ageText(d); got != want {
			t.Errorf("%v: %q, not %q", d, got, want)
		}
	}
}
