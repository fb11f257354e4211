package tui

import "testing"

func TestHelpBeginsWithTheKeysOfWhatIsInView(t *testing.T) {
	for keys, title := range map[string]string{"t": "Timeline", "p": "Patches", "l": "Log", "": "Stages"} {
		d := drive(t, newFakeDesk(t), &example, 120, 36, Options{})
		if keys != "" {
			d.press(keys)
		}
		d.press("?")
		d.sees("Keys", title)
		page, _ := d.m.top().(*page)
		if page == nil || plainText(page.list.rows[0].text)[:len(title)] != title {
			t.Errorf("help does not begin with %s", title)
		}
	}
}

func TestHelpScrollsToItsEnd(t *testing.T) {
	d := drive(t, newFakeDesk(t), &example, 40, 12, Options{})
	d.press("?")
	d.seesNot("Faults")
	d.sees("↓ ─┐") // more lies below
	d.press("G")
	d.sees("↑ ─┐")
	d.sees("other product")
	d.press("?")
	if d.m.top() != nil {
		t.Error("? does not close it")
	}
	d.press("?", "q")
	if d.m.top() != nil || d.quit {
		t.Error("q does not close it, or more than that")
	}
}
