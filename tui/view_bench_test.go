package tui

import "testing"

// BenchmarkViewAtRest is what a second costs when nothing happens but the clock.
func BenchmarkViewAtRest(b *testing.B) {
	d := drive(b, newFakeDesk(b), &example, 120, 36, Options{Colour: true})
	b.ReportAllocs()
	for b.Loop() {
		d.take(tickMsg{})
		_ = d.m.View()
	}
}
