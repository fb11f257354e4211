package pipeline_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"patchtrace/pipeline"
)

// role makes the test binary a small program instead.
const role = "PATCHTRACE_TEST_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "":
		os.Exit(m.Run())
	case "arguments":
		_ = json.NewEncoder(os.Stdout).Encode(os.Args[1:])
	case "exit":
		code, _ := strconv.Atoi(os.Args[1])
		fmt.Fprintln(os.Stderr, "to the error stream")
		os.Exit(code)
	case "parent":
		signal.Ignore(syscall.SIGTERM)
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), role+"=child")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
		_ = child.Wait()
	case "leaver": // ends at once, and leaves a child that holds the output
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), role+"=child")
		child.Stdout = os.Stdout
		if err := child.Start(); err != nil {
			panic(err)
		}
	case "child":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println("child", os.Getpid())
		time.Sleep(time.Minute)
	case "runner": // starts a child by StartProcess and waits to be killed
		p, err := startRole(context.Background(), "child")
		if err != nil {
			panic(err)
		}
		_, _ = io.Copy(os.Stdout, p.Output())
	}
}

func startRole(ctx context.Context, what string, args ...string) (pipeline.Process, error) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), role+"="+what)
	return pipeline.StartProcess(ctx, cmd)
}

func TestArgumentsReachTheProgramUnchanged(t *testing.T) {
	p, err := startRole(t.Context(), "arguments", hostileValues...)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := json.NewDecoder(p.Output()).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, hostileValues) {
		t.Errorf("got %q", got)
	}
	if code, err := p.Wait(); code != 0 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
}

func TestExitCodeAndErrorStreamAreSeen(t *testing.T) {
	p, err := startRole(t.Context(), "exit", "42")
	if err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(p.Output())
	if err != nil || string(out) != "to the error stream\n" {
		t.Errorf("printed %q, %v", out, err)
	}
	if code, err := p.Wait(); code != 42 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
	if err := p.Stop(); err != nil {
		t.Errorf("stopping what has ended: %v", err)
	}
}

// childPID reads the process id that a child printed.
func childPID(t *testing.T, r io.Reader) int {
	t.Helper()
	line, err := bufio.NewReader(r).ReadString('\n')
	pid, err2 := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "child ")))
	if err != nil || err2 != nil {
		t.Fatalf("the child printed %q: %v", line, err)
	}
	return pid
}

func TestStopEndsTheWholeTree(t *testing.T) {
	p, err := startRole(t.Context(), "parent")
	if err != nil {
		t.Fatal(err)
	}
	pid := childPID(t, p.Output())
	if err := p.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Wait(); err == nil {
		t.Error("a process that was stopped has an exit code")
	}
	requireGone(t, pid)
}

func TestTheEndOfTheContextEndsTheWholeTree(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p, err := startRole(ctx, "parent")
	if err != nil {
		t.Fatal(err)
	}
	pid := childPID(t, p.Output())
	cancel()
	if _, err := p.Wait(); err == nil {
		t.Error("a process that was stopped has an exit code")
	}
	requireGone(t, pid)
}

func TestAProcessDoesNotOutliveAKilledRunner(t *testing.T) {
	if !tiesProcesses {
		t.Skip("this system cannot end a process with its parent")
	}
	runner := exec.Command(os.Args[0])
	runner.Env = append(os.Environ(), role+"=runner")
	out, err := runner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := runner.Start(); err != nil {
		t.Fatal(err)
	}
	pid := childPID(t, out)
	if err := runner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = runner.Wait() // it was killed
	requireGone(t, pid)
}

func TestAProgramThatIsNotThereIsAnError(t *testing.T) {
	if _, err := pipeline.StartProcess(t.Context(), exec.Command(os.Args[0]+"-nothing")); err == nil {
		t.Error("it was started")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := startRole(ctx, "child"); err == nil {
		t.Error("it was started after the end")
	}
}

// requireGone waits for a process to be gone.
func requireGone(t *testing.T, pid int) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if !exists(pid) {
			return
		}
	}
	t.Errorf("process %d is still there", pid)
}
