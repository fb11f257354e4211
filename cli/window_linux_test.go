package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"golang.org/x/sys/unix"
)

// window is a pseudo-terminal with the real program in it, and an emulator that
// knows what a user would see.
type window struct {
	t    testing.TB
	cmd  *exec.Cmd
	pty  *os.File
	done chan struct{} // closed when the program has ended

	mu    sync.Mutex
	vt    *vt.Emulator
	title string
	alt   bool
	raw   bytes.Buffer // all that was written
	err   error        // of the process

	wrote chan struct{} // holds a message when something was written
}

// openWindow starts the program in a terminal of that size.
func openWindow(t *testing.T, w, h int, env []string, args ...string) *window {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return startWindow(t, self, w, h, env, args...)
}

// startWindow starts a program in a terminal of that size.
func startWindow(t testing.TB, program string, w, h int, env []string, args ...string) *window {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here: ", err)
	}
	if err := unix.IoctlSetPointerInt(int(master.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(master.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer slave.Close()
	win := &window{t: t, pty: master, vt: vt.NewEmulator(w, h), done: make(chan struct{}), wrote: make(chan struct{}, 1)}
	win.vt.SetCallbacks(vt.Callbacks{
		Title:     func(s string) { win.title = s },
		AltScreen: func(on bool) { win.alt = on },
	})
	win.resize(w, h)
	home := t.TempDir()
	win.cmd = exec.Command(program, args...)
	win.cmd.Args[0] = "patchtrace" // by that name the test program is the real one
	win.cmd.Env = append([]string{
		"TERM=xterm-256color", "COLORTERM=truecolor", "LANG=C.UTF-8", "TZ=UTC", "PATH=" + os.Getenv("PATH"),
		"HOME=" + home, "XDG_CONFIG_HOME=" + home + "/config", "XDG_CACHE_HOME=" + home + "/cache", "TMPDIR=" + t.TempDir(),
	}, env...)
	win.cmd.Stdin, win.cmd.Stdout, win.cmd.Stderr = slave, slave, slave
	win.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := win.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	drained := make(chan struct{})
	go func() {
		win.read()
		close(drained)
	}()
	go func() { _, _ = copyAnswers(master, win.vt) }() // what the terminal answers to queries
	go func() {
		err := win.cmd.Wait()
		select {
		case <-drained: // what it wrote last is seen
		case <-time.After(5 * time.Second): // something else still has the terminal
		}
		win.mu.Lock()
		win.err = err
		win.mu.Unlock()
		close(win.done)
	}()
	t.Cleanup(win.close)
	return win
}

// copyAnswers passes on what the emulator answers, such as its background colour.
func copyAnswers(to *os.File, from *vt.Emulator) (n int, err error) {
	buf := make([]byte, 256)
	for {
		k, err := from.Read(buf)
		if err != nil {
			return n, err
		}
		if _, err := to.Write(buf[:k]); err != nil {
			return n, err
		}
		n += k
	}
}

func (m *window) close() {
	_ = m.cmd.Process.Kill() // it has ended, unless the test failed
	<-m.done
	_ = m.pty.Close()
	// Its pipe ends who reads and who writes; Close of the emulator races with both.
	if pipe, ok := m.vt.InputPipe().(io.Closer); ok {
		_ = pipe.Close()
	}
}

// read feeds the emulator with what the program writes.
func (m *window) read() {
	buf := make([]byte, 32<<10)
	for {
		n, err := m.pty.Read(buf)
		if n > 0 {
			m.mu.Lock()
			m.raw.Write(buf[:n])
			_, _ = m.vt.Write(buf[:n])
			m.mu.Unlock()
			select {
			case m.wrote <- struct{}{}:
			default: // nobody has looked since the last time
			}
		}
		if err != nil {
			return
		}
	}
}

// resize changes the size as a window manager does.
func (m *window) resize(w, h int) {
	m.t.Helper()
	m.mu.Lock()
	m.vt.Resize(w, h)
	m.mu.Unlock()
	if err := unix.IoctlSetWinsize(int(m.pty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(h), Col: uint16(w)}); err != nil {
		m.t.Fatal(err)
	}
}

// screen is what a user sees.
func (m *window) screen() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.vt.String()
}

// sees waits until all texts are on the screen.
func (m *window) sees(texts ...string) {
	m.t.Helper()
	m.until(fmt.Sprintf("%q on the screen", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// copied is what the program sent to the clipboard first, as it was sent; "" as
// long as its end is not there.
func (m *window) copied() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	_, rest, _ := strings.Cut(m.raw.String(), "\x1b]52;c;")
	end := strings.IndexAny(rest, "\a\x1b")
	return rest[:max(0, end)]
}

// until waits for what the screen is to show.
func (m *window) until(what string, ok func(screen string) bool) {
	m.t.Helper()
	end := time.Now().Add(patience)
	for !ok(m.screen()) {
		select {
		case <-m.done:
			if !ok(m.screen()) {
				m.t.Fatalf("ended without %s\n%s", what, m.screen())
			}
			return
		case <-time.After(2 * time.Millisecond):
		}
		if time.Now().After(end) {
			m.t.Fatalf("waited in vain for %s\n%s", what, m.screen())
		}
	}
}

// keyBytes are what a terminal sends for keys that have names.
var keyBytes = map[string]string{
	"enter": "\r", "esc": "\x1b", "tab": "\t", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "home": "\x1b[H", "end": "\x1b[F", "ctrl+c": "\x03", "ctrl+z": "\x1a", "space": " ",
}

// press types keys by their names.
func (m *window) press(keys ...string) {
	m.t.Helper()
	for _, k := range keys {
		if seq, ok := keyBytes[k]; ok {
			k = seq
		}
		if _, err := m.pty.WriteString(k); err != nil {
			m.t.Fatal(err)
		}
	}
}

// ends waits until the program has ended and returns its exit code.
func (m *window) ends() int {
	m.t.Helper()
	select {
	case <-m.done:
	case <-time.After(patience):
		m.t.Fatalf("did not end\n%s", m.screen())
	}
	return m.cmd.ProcessState.ExitCode()
}

// restored tells whether the terminal is as it was before.
func (m *window) restored() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.alt {
		return fmt.Errorf("the alternate screen is still on")
	}
	raw := m.raw.String()
	if strings.LastIndex(raw, "\x1b[?25l") > strings.LastIndex(raw, "\x1b[?25h") {
		return fmt.Errorf("the cursor is still hidden")
	}
	state, err := unix.IoctlGetTermios(int(m.pty.Fd()), unix.TCGETS)
	if err != nil {
		return err
	}
	if state.Lflag&unix.ECHO == 0 || state.Lflag&unix.ICANON == 0 {
		return fmt.Errorf("the terminal is still in raw mode")
	}
	return nil
}
