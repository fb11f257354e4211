package lab

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path"
	"strings"
	"sync"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

// Names of the servers, in lab.json's list of ports.
const (
	serverCatalogue = "catalogue"
	serverProxy     = "proxy"
	serverSite      = "site"
	serverMP        = "managementPoint"
)

// errServersFile says that nobody knows how the servers are to behave.
var errServersFile = errors.New("the servers have lost their settings")

// Servers are the running servers of a lab.
type Servers struct {
	lab *Lab
	// mine is false when another process has them up.
	mine    bool
	servers []*http.Server
	site    *site
	done    sync.WaitGroup
}

// Serve brings the lab's servers up, on the loopback. When another process has
// them up already, those are used. Without servers.json none come up.
func (l *Lab) Serve() (*Servers, error) {
	if err := l.reload(); err != nil {
		return nil, err
	}
	if l.answers() {
		return &Servers{lab: l}, nil
	}
	l.tidy() // without servers nobody is at work here
	var behave serversFile
	if err := l.load(fileServers, &behave); err != nil {
		return nil, fmt.Errorf("%w: %w", errServersFile, err)
	}
	return l.bringUp(behave)
}

// bringUp opens the ports of the servers that are up.
func (l *Lab) bringUp(behave serversFile) (*Servers, error) {
	s := &Servers{lab: l, mine: true, site: &site{lab: l}}
	ports := map[string]int{}
	for _, srv := range []struct {
		name    string
		up      bool
		handler http.HandlerFunc
	}{
		{serverCatalogue, behave.Catalogue.Up, s.catalogue},
		{serverProxy, behave.Proxy.Up, s.proxy},
		{serverSite, behave.Site.Up, s.site.serve},
		{serverMP, behave.ManagementPoint.Up, s.managementPoint},
	} {
		port, err := s.listen(srv.up, l.config().Ports[srv.name], srv.handler)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("bring the %s server of the lab up: %w", srv.name, err)
		}
		ports[srv.name] = port
	}
	if err := change(l, fileLab, func(c *config) { c.Ports = ports }); err != nil {
		s.Close()
		return nil, err
	}
	if err := l.reload(); err != nil {
		s.Close()
		return nil, err
	}
	s.site.distributeDue()
	s.site.workInboxes()
	return s, nil
}

// Mine tells whether the servers run in this process.
func (s *Servers) Mine() bool { return s.mine }

// Ports are where the servers are looked for: those that listen, and those that are
// down.
func (s *Servers) Ports() map[string]int { return s.lab.config().Ports }

// Down tells whether nothing listens at a port of Ports.
func Down(port int) bool { return port == downPort }

// Close takes the servers down and waits for what they are at.
func (s *Servers) Close() {
	for _, srv := range s.servers {
		_ = srv.Close() // it listens no more either way
	}
	s.done.Wait()
}

// downPort is where a server that is down is looked for. Nothing listens there: it is
// none of the ports that a system gives away, so no other lab gets it.
const downPort = 1

// listen opens the port of last time, or another one.
func (s *Servers) listen(up bool, last int, handler http.HandlerFunc) (port int, err error) {
	if !up {
		return downPort, nil
	}
	if last == downPort {
		last = 0
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", last))
	if err != nil {
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return 0, err
	}
	port = listener.Addr().(*net.TCPAddr).Port
	srv := &http.Server{Handler: s.identified(handler), ReadHeaderTimeout: netRealLimit}
	srv.SetKeepAlivesEnabled(false)
	s.servers = append(s.servers, srv)
	s.done.Go(func() { _ = srv.Serve(listener) }) // it ends with Close
	return port, nil
}

// identified answers the question whose server this is.
func (s *Servers) identified(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/lab" && r.URL.Host == "" {
			_, _ = io.WriteString(w, s.lab.config().ID) // whoever asked has gone
			return
		}
		next(w, r)
	})
}

// answers tells whether servers of this very lab are up.
func (l *Lab) answers() bool {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, port := range l.config().Ports {
		if port <= 0 {
			continue
		}
		res, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/lab", port))
		if err != nil {
			continue
		}
		id, err := io.ReadAll(io.LimitReader(res.Body, 100))
		_ = res.Body.Close() // it was only read
		if err == nil && string(id) == l.config().ID {
			return true
		}
	}
	return false
}

// behaviour is how the servers are to behave now.
func (s *Servers) behaviour() serversFile {
	var b serversFile
	_ = s.lab.load(fileServers, &b) // what cannot be read says nothing
	return b
}

// catalogue is the server of the catalogue's maker.
func (s *Servers) catalogue(w http.ResponseWriter, r *http.Request) {
	b := s.behaviour().Catalogue
	switch {
	case b.Status != 0:
		http.Error(w, http.StatusText(b.Status), b.Status)
		return
	case b.Stalls:
		_ = s.lab.pass(2 * netPatience) // whoever waits for us sees the clock
		<-r.Context().Done()
		return
	}
	d := &disk{root: s.lab.root, free: 1 << 40}
	data, err := d.read(path.Join(dirInternet, path.Clean("/"+r.URL.Path)))
	switch {
	case errors.Is(err, errAccessDenied):
		http.Error(w, "denied", http.StatusForbidden)
		return
	case err != nil:
		http.NotFound(w, r)
		return
	}
	if _, head, err := unpackCatalogue(data); err == nil {
		tag := `"` + head.DataVersion + `"`
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	w.Header().Set("Content-Type", "application/vnd.ms-cab-compressed")
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	if b.CutAfter > 0 && b.CutAfter < int64(len(data)) {
		_, _ = w.Write(data[:b.CutAfter])
		_ = http.NewResponseController(w).Flush() // the client notices
		panic(http.ErrAbortHandler)               // hangs up in the middle
	}
	_, _ = w.Write(data) // the client notices
}

// proxy passes requests on to the catalogue's maker.
func (s *Servers) proxy(w http.ResponseWriter, r *http.Request) {
	if s.behaviour().Proxy.Login {
		w.Header().Set("Proxy-Authenticate", `Basic realm="LAB proxy"`)
		http.Error(w, "Sign in to the proxy", http.StatusProxyAuthRequired)
		return
	}
	if !strings.EqualFold(r.URL.Hostname(), catalogueHost) {
		http.Error(w, "no such host", http.StatusBadGateway)
		return
	}
	target := fmt.Sprintf("http://127.0.0.1:%d%s", s.lab.config().Ports[serverCatalogue], r.URL.EscapedPath())
	ctx, cancel := context.WithTimeout(r.Context(), netRealLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, r.Method, target, nil)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	req.Header.Set("If-None-Match", r.Header.Get("If-None-Match"))
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		http.Error(w, "no answer", http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	w.Header().Set("ETag", res.Header.Get("ETag"))
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body) // the client notices
}

// maxReport bounds what the management point reads, in bytes.
const maxReport = 64 << 20

// managementPoint takes inventories from clients and hands them to the site.
func (s *Servers) managementPoint(w http.ResponseWriter, r *http.Request) {
	b := s.behaviour().ManagementPoint
	switch {
	case b.Status != 0:
		http.Error(w, http.StatusText(b.Status), b.Status)
	case r.URL.Path == "/sms_pol":
		_, _ = io.WriteString(w, s.site.policy(r.URL.Query().Get("client"))) // the client notices
	case r.URL.Path == "/ccm_incoming/hinv" && r.Method == http.MethodPost:
		body, err := io.ReadAll(io.LimitReader(r.Body, maxReport))
		if err != nil {
			http.Error(w, "cut", http.StatusBadRequest)
			return
		}
		s.takeReport(w, body, b.DropsReports, time.Duration(b.MaxSkew))
	default:
		http.NotFound(w, r)
	}
}

func (s *Servers) takeReport(w http.ResponseWriter, body []byte, drops bool, skew time.Duration) {
	var rep report
	if err := xml.NewDecoder(bytes.NewReader(body)).Decode(&rep); err != nil {
		http.Error(w, "no report", http.StatusBadRequest)
		return
	}
	at, err := mof.ParseTime(rep.Header.Date)
	off := s.lab.trueTime().Sub(at)
	if err != nil || skew > 0 && (off > skew || off < -skew) {
		http.Error(w, "the clocks differ", http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusOK)
	if drops {
		return // it restarts now, and what was in memory is gone
	}
	s.site.fromManagementPoint(&rep)
}
