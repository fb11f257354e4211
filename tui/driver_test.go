package tui

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"patchtrace/tui/safe"
)

// driver runs a model without a program: keys in, frames out. It waits until all
// work that a key started is done, and never for time.
type driver struct {
	t      testing.TB
	m      *Model
	desk   *fakeDesk
	msgs   chan flown
	flying int // commands whose message has not been taken
	now    time.Time
	quit   bool
	copied string
}

// drive opens a place at a size.
func drive(t testing.TB, desk *fakeDesk, place *Place, w, h int, opt Options) *driver {
	t.Helper()
	d := &driver{t: t, desk: desk, msgs: make(chan flown, 1024), now: fakeNow}
	opt.Desk, opt.Open = desk, place
	opt.Now = func() time.Time { return d.now }
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	d.m = New(ctx, opt)
	d.do(d.m.Init())
	d.send(tea.WindowSizeMsg{Width: w, Height: h})
	return d
}

// example is the target that most tests look at.
var example = Place{Kind: Folder, Path: "../testdata/example"}

// do runs a command on a goroutine, as the program does. What comes of it is waited
// for, unless it is a follower, whose message may never come.
func (d *driver) do(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	if timer(cmd) {
		return // tests move the clock themselves
	}
	counted := !waits(cmd)
	if counted {
		d.flying++
	}
	go func() { d.msgs <- flown{cmd(), counted} }()
}

// flown is the message of a command.
type flown struct {
	msg     tea.Msg
	counted bool
}

// timer tells whether a command only waits for a time.
func timer(cmd tea.Cmd) bool {
	name := commandName(cmd)
	return strings.Contains(name, "bubbletea/v2.Tick") || strings.Contains(name, "bubbles/v2/cursor")
}

func commandName(cmd tea.Cmd) string { return runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name() }

// waits tells whether a command waits for something that others do, or is work that
// the console counts itself.
func waits(cmd tea.Cmd) bool {
	name := commandName(cmd)
	for _, waiting := range []string{"nextChange", "(*runPipe).next", "(*env).work"} {
		if strings.Contains(name, waiting) {
			return true
		}
	}
	return false
}

// send gives a message to the model and waits until nothing goes on.
func (d *driver) send(msg tea.Msg) {
	d.t.Helper()
	d.take(msg)
	d.idle()
	d.m.View() // as the program does: panes know their size from it
}

func (d *driver) take(msg tea.Msg) {
	switch msg := msg.(type) {
	case nil:
		return
	case tea.BatchMsg:
		for _, cmd := range msg {
			d.do(cmd)
		}
		return
	case tea.QuitMsg:
		d.quit = true
		if err := d.m.close(); err != nil { // as Run does once the terminal is restored
			d.t.Error(err)
		}
		return
	}
	if s := fmt.Sprintf("%T", msg); s == "tea.sequenceMsg" {
		d.sequence(msg)
		return
	}
	if s := fmt.Sprintf("%T", msg); s == "tea.setClipboardMsg" {
		d.copied = fmt.Sprint(msg)
		return
	}
	_, cmd := d.m.Update(msg)
	d.do(cmd)
}

// sequence runs commands one after the other, away from the model as the program
// does: each may be counted as work before the ones before it are done.
func (d *driver) sequence(msg tea.Msg) {
	cmds := sequenced(msg)
	d.flying++
	go func() {
		for _, cmd := range cmds {
			if cmd != nil {
				d.msgs <- flown{msg: cmd()}
			}
		}
		d.msgs <- flown{counted: true}
	}()
}

// idle takes messages until no work is in flight and none is waiting.
func (d *driver) idle() {
	d.t.Helper()
	limit := time.After(time.Minute)
	for d.flying > 0 || d.m.busy.Load() > 0 || len(d.msgs) > 0 {
		select {
		case f := <-d.msgs:
			d.land(f)
		case <-limit:
			d.t.Fatal("still busy after 30 s")
		}
	}
}

// land takes the message of a command.
func (d *driver) land(f flown) {
	d.t.Helper()
	d.take(f.msg)
	if f.counted {
		d.flying--
	}
}

// press presses keys by their names: "a", "enter", "shift+tab".
func (d *driver) press(keys ...string) {
	d.t.Helper()
	for _, k := range keys {
		d.now = d.now.Add(deaf)
		d.send(press(k))
	}
}

// write types letters.
func (d *driver) write(text string) {
	d.t.Helper()
	for _, r := range text {
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// press is a key press as a terminal sends it.
func press(name string) tea.KeyPressMsg { return keyNamed(name) }

// frame is what is on the screen, without styles.
func (d *driver) frame() string { return ansi.Strip(d.m.View().Content) }

// styled is what is on the screen as a terminal of that profile gets it.
func (d *driver) styled(p colorprofile.Profile) string {
	var b bytes.Buffer
	w := &colorprofile.Writer{Forward: &b, Profile: p}
	_, _ = w.WriteString(d.m.View().Content) // into memory
	return b.String()
}

// sees fails unless all texts are on the screen.
func (d *driver) sees(texts ...string) {
	d.t.Helper()
	f := d.frame()
	for _, text := range texts {
		if !strings.Contains(f, text) {
			d.t.Errorf("not on the screen: %q\n%s", text, f)
		}
	}
}

func (d *driver) seesNot(texts ...string) {
	d.t.Helper()
	f := d.frame()
	for _, text := range texts {
		if strings.Contains(f, text) {
			d.t.Errorf("on the screen: %q\n%s", text, f)
		}
	}
}

// fits fails if the frame is larger than the terminal.
func (d *driver) fits() {
	d.t.Helper()
	lines := strings.Split(d.m.View().Content, "\n")
	if len(lines) > d.m.h {
		d.t.Errorf("%d lines in a terminal of %d", len(lines), d.m.h)
	}
	for i, l := range lines {
		if w := safe.Width(l); w > d.m.w {
			d.t.Errorf("line %d has %d cells of %d: %s", i, w, d.m.w, ansi.Strip(l))
		}
	}
}

// TestMain keeps the zone of the machine out of the frames.
func TestMain(m *testing.M) {
	time.Local = time.UTC
	os.Exit(m.Run())
}
