package lab

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// inetError is a code of WinInet: why a download failed.
type inetError struct {
	code int
	text string
}

func (e *inetError) Error() string { return fmt.Sprintf("error %d (%s)", e.code, e.text) }

// Codes of WinInet.
const (
	inetTimeout    = 12002
	inetName       = 12007
	inetConnect    = 12029
	inetAborted    = 12030
	inetReset      = 12031
	netPatience    = 60 * time.Second // on the lab's clock
	netRealLimit   = 20 * time.Second // in the real world, should the lab's clock stand still
	netPollPatient = 10 * time.Millisecond
)

// statusError is an answer of a server other than the one that was hoped for.
type statusError int

func (e statusError) Error() string {
	return fmt.Sprintf("HTTP status %d %s", int(e), http.StatusText(int(e)))
}

var (
	errNoName   = errors.New("the name could not be resolved")
	errPatience = errors.New("the operation timed out")
	errOutside  = errors.New("the address is none of the lab's")
)

// caller is the client's way to the servers of the lab.
type caller struct {
	s *session
	// proxied sends requests through the machine's proxy.
	proxied bool
}

// url spells the address of a server of the lab.
func (c caller) url(host, server, path string) string {
	return fmt.Sprintf("http://%s:%d%s", host, c.s.lab.config().Ports[server], path)
}

// do sends a request and returns the answer's body and headers. Errors are an
// *inetError or a statusError.
func (c caller) do(method, address string, body []byte, header http.Header) ([]byte, *http.Response, error) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	go c.patience(ctx, cancel)
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return nil, nil, err
	}
	for name, values := range header {
		req.Header[name] = values
	}
	client := http.Client{
		Transport:     &http.Transport{DialContext: c.dial, Proxy: c.proxy, DisableKeepAlives: true, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, nil, netError(ctx, err, inetAborted)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, res, netError(ctx, err, inetReset)
	}
	if res.StatusCode >= 300 && res.StatusCode != http.StatusNotModified {
		return data, res, statusError(res.StatusCode)
	}
	return data, res, nil
}

// patience gives up when too much time has passed in the lab.
func (c caller) patience(ctx context.Context, cancel context.CancelCauseFunc) {
	start, limit := c.s.lab.trueTime(), time.NewTimer(netRealLimit)
	defer limit.Stop()
	tick := time.NewTicker(netPollPatient)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-limit.C:
			cancel(errPatience)
			return
		case <-tick.C:
			if c.s.lab.reload() == nil && c.s.lab.trueTime().Sub(start) > netPatience {
				cancel(errPatience)
				return
			}
		}
	}
}

func (c caller) proxy(*http.Request) (*url.URL, error) {
	if !c.proxied || c.s.machine.Proxy == "" {
		return nil, nil
	}
	return url.Parse(c.url(c.s.machine.Proxy, serverProxy, ""))
}

// dial connects to a server of the lab by the client's own list of names. It
// never leaves the loopback.
func (c caller) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	ip, err := c.s.lookup(host)
	if err != nil {
		return nil, err
	}
	if parsed := net.ParseIP(ip); parsed == nil || !parsed.IsLoopback() {
		return nil, fmt.Errorf("%s: %w", ip, errOutside)
	}
	if n, err := strconv.Atoi(port); err != nil || n <= 0 {
		return nil, fmt.Errorf("connect to %s: %w", address, syscall.ECONNREFUSED)
	}
	var d net.Dialer
	return d.DialContext(ctx, network, net.JoinHostPort(ip, port))
}

// lookup resolves a name with the client's hosts file.
func (s *session) lookup(host string) (string, error) {
	text, err := s.disk.read(fileHosts)
	if err != nil {
		return "", fmt.Errorf("%s: %w", host, errNoName)
	}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		for i := 1; i < len(fields); i++ {
			if strings.EqualFold(fields[i], host) {
				return fields[0], nil
			}
		}
	}
	return "", fmt.Errorf("%s: %w", host, errNoName)
}

// netError names a failure of the network as WinInet does. cut is the code of a
// connection that ended too early.
func netError(ctx context.Context, err error, cut int) error {
	switch {
	case errors.Is(context.Cause(ctx), errPatience):
		return &inetError{inetTimeout, errPatience.Error()}
	case errors.Is(err, errNoName):
		return &inetError{inetName, errNoName.Error()}
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return &inetError{cut, "the connection with the server was broken"}
	}
	return &inetError{inetConnect, "a connection with the server could not be established"}
}

// asSys finds the code of Windows in an error.
func asSys(err error, code *sysError) bool { return errors.As(err, code) }
