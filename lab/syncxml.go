package lab

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"patchtrace/diagnose/evidence/cab"
	"patchtrace/diagnose/evidence/catalogue"
)

// toolVersion is what the practice programs say theirs is.
const toolVersion = "2.50.3174.1018"

const (
	cabName = "mssecure.cab"
	xmlName = "mssecure.xml"
	// langUS is the folder of US English in a package source.
	langUS = "1033"
	// syncTries is how often a busy server is asked.
	syncTries = 40
)

// syncRun is one run of SyncXML.exe.
type syncRun struct {
	*session
	log     *logger
	track   string
	site    string
	code    string
	target  string
	pkg     string
	cabinet string // the catalogue in the package source, below the lab's root
}

// syncXML fetches the catalogue of one track, puts it into the package source
// and asks the site to refresh the distribution points.
func syncXML(s *session) ending {
	sw := parseSwitches(s.args, "/site", "/code", "/target", "/package")
	s.silent = sw.set["/s"]
	r := syncRun{session: s, track: trackSecurity, site: sw.values["/site"], code: sw.values["/code"], target: sw.values["/target"], pkg: sw.values["/package"]}
	if strings.Contains(strings.ToLower(r.target), "officepatch") {
		r.track = trackOffice
	}
	name := "SecuritySyncXml"
	if r.track == trackOffice {
		name = "OfficeSyncXml"
	}
	var err error
	if r.log, err = s.log(name+".log", name); err != nil {
		s.print("LAB: %s.log cannot be written: %v", name, err)
		return ending{code: winCode(err)}
	}
	return r.run()
}

func (r *syncRun) run() ending {
	r.log.info("SyncXML.exe started, version %s", toolVersion)
	r.log.info("Command line: %s", r.commandLine())
	if r.site == "" || r.code == "" || r.target == "" || r.pkg == "" {
		r.log.error("Wrong command line, error 87: /site, /code, /target and /package are needed")
		return ending{code: 87}
	}
	if r.machine.LoggedOn == "" {
		r.log.warn("No user is logged on at %s. The download begins when somebody logs on.", r.machine.Name)
		return ending{deferred: true}
	}
	err := r.source()
	if err == nil {
		err = r.download()
	}
	if err == nil || errors.Is(err, errCurrent) && r.disk.exists(r.due()) {
		err = r.refresh()
	}
	if err != nil && !errors.Is(err, errCurrent) {
		return ending{code: r.failed(err)}
	}
	r.log.info("SyncXML.exe completed successfully")
	return ending{}
}

// says makes an error that reads as a line of a log does.
func says(format string, args ...any) error { return fmt.Errorf(format, args...) }

// errCurrent ends a run that has nothing to fetch.
var errCurrent = errors.New("the catalogue is current")

// failed notes why the run fails and returns the exit code.
func (r *syncRun) failed(err error) int {
	r.log.error("%v", err)
	code := winCode(err)
	r.log.info("SyncXML.exe ended with exit code %d", code)
	return code
}

// source finds the folder of the catalogue in the package source.
func (r *syncRun) source() error {
	dir, err := r.disk.find(r.target)
	if err == nil {
		err = r.disk.reach(dir)
	}
	if err == nil {
		r.cabinet = path.Join(dir, langUS, cabName)
		err = r.disk.mkdir(path.Dir(r.cabinet))
	}
	switch {
	case errors.Is(err, errPathNotFound), errors.Is(err, errPath):
		return says("The path %s was not found, %w", r.target, errPathNotFound)
	case err != nil:
		return says("Cannot use the package source %s, error %w", r.target, err)
	}
	return nil
}

// download fetches the cabinet, checks it and puts it into the package source.
func (r *syncRun) download() error {
	call := caller{s: r.session, proxied: true}
	address := call.url(catalogueHost, serverCatalogue, "/"+r.track+"/"+langUS+"/"+cabName)
	have := r.current()
	through := ""
	if r.machine.Proxy != "" {
		through = " through the proxy " + r.machine.Proxy
	}
	r.log.info("Downloading %s%s", address, through)
	header := http.Header{}
	if have != "" {
		header.Set("If-None-Match", `"`+have+`"`)
	}
	data, res, err := r.fetch(call, address, header)
	if err != nil {
		return says("Download of %s failed: %w", cabName, err)
	}
	if res.StatusCode == http.StatusNotModified {
		_ = r.disk.root.Chtimes(r.cabinet, r.now(), r.now()) // the day of the download; the content is what counts
		r.log.info("The catalog in the package source is current, DataVersion = %s", have)
		return errCurrent
	}
	head, err := r.check(data)
	if err != nil {
		return err
	}
	if have != "" && catalogue.Compare(head.DataVersion, have) < 0 {
		return says("Sync failed: the downloaded catalog has DataVersion %s, the package source has %s already. It is kept", head.DataVersion, have)
	}
	if err := r.lab.replace(r.due(), []byte(notice)); err != nil {
		return err
	}
	if err := r.disk.write(r.cabinet, data, r.now()); err != nil {
		return says("Cannot store %s in %s, error %w", cabName, shown(path.Dir(r.cabinet)), err)
	}
	r.log.info("Stored %s (%d bytes) in %s, DataVersion = %s, LastDataUpdate = %s", cabName, len(data), shown(path.Dir(r.cabinet)), head.DataVersion, head.LastDataUpdate)
	return nil
}

// due is a file that is there from before a new catalogue is stored until the
// site has been asked to distribute it, whatever happens to the program meanwhile.
func (r *syncRun) due() string { return dirExitCodes + "/refresh-" + r.track }

// fetch downloads a file. A server that is busy is asked again.
func (r *syncRun) fetch(call caller, address string, header http.Header) (data []byte, res *http.Response, err error) {
	for try := 1; ; try++ {
		data, res, err = call.do(http.MethodGet, address, nil, header)
		if !errors.Is(err, statusError(http.StatusServiceUnavailable)) || try == syncTries {
			return data, res, err
		}
		r.log.warn("Attempt %d of %d: %v, retrying", try, syncTries, err)
	}
}

// current returns the DataVersion of the catalogue in the package source, "" if
// there is none that can be read.
func (r *syncRun) current() string {
	data, err := r.disk.read(r.cabinet)
	if err != nil {
		return ""
	}
	_, head, err := unpackCatalogue(data)
	if err != nil {
		r.log.warn("The old %s is not usable and is replaced: %v", cabName, err)
		return ""
	}
	return head.DataVersion
}

// check reads what was downloaded, and who signed it.
func (r *syncRun) check(data []byte) (catalogue.Head, error) {
	_, head, err := unpackCatalogue(data)
	if err != nil {
		return head, err
	}
	if err := r.verify(data); err != nil {
		return head, says("The signature of %s was not accepted, error %w", cabName, err)
	}
	return head, nil
}

// unpackCatalogue takes mssecure.xml out of a cabinet and reads its head.
func unpackCatalogue(data []byte) (xml []byte, head catalogue.Head, err error) {
	r, err := cab.Open(bytes.NewReader(data), int64(len(data)))
	if err == nil {
		xml, err = r.Read(xmlName)
	}
	switch {
	case errors.Is(err, cab.ErrNotCab):
		return nil, head, fmt.Errorf("%s is not a valid cabinet: %w", cabName, err)
	case errors.Is(err, cab.ErrCut):
		return nil, head, fmt.Errorf("%s is truncated: %w", cabName, err)
	case err != nil:
		return nil, head, fmt.Errorf("%s is damaged: %w", cabName, err)
	}
	if head, err = catalogue.ReadHead(bytes.NewReader(xml)); err != nil {
		return nil, head, fmt.Errorf("%s in %s is damaged: %w", xmlName, cabName, err)
	}
	return xml, head, nil
}

// refresh asks the site server to update the distribution points.
func (r *syncRun) refresh() error {
	r.log.info("Updating distribution points of package %s at site %s", r.pkg, r.code)
	call := caller{s: r.session}
	if _, err := r.lookup(r.site); err != nil {
		return says("Failed to update the distribution points of package %s: site server %s is not known, %w", r.pkg, r.site, errRPC)
	}
	address := call.url(r.site, serverSite, "/packages/"+url.PathEscape(r.pkg)+"/refresh?code="+url.QueryEscape(r.code))
	_, _, err := call.do(http.MethodPost, address, nil, nil)
	var status statusError
	var inet *inetError
	switch {
	case errors.As(err, &inet):
		return says("Failed to update the distribution points of package %s: site server %s does not answer, %w", r.pkg, r.site, errRPC)
	case errors.As(err, &status) && status == http.StatusNotFound:
		return says("Failed to update the distribution points of package %s: site server %s has no such package", r.pkg, r.site)
	case errors.As(err, &status) && status == http.StatusConflict:
		return says("Failed to update the distribution points of package %s: site server %s is not of site %s", r.pkg, r.site, r.code)
	case err != nil:
		return says("Failed to update the distribution points of package %s: site server %s refused (%d)", r.pkg, r.site, status)
	}
	r.log.info("Site server %s took the request", r.site)
	_ = r.lab.root.Remove(r.due()) // else it is asked once more
	return nil
}
