package lab

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"patchtrace/lab/logfile"
)

// site is the site server: it distributes packages and loads inventories into
// its database, site.json.
type site struct {
	lab *Lab
	mu  sync.Mutex
}

func (s *site) disk() *disk { return &disk{root: s.lab.root, free: 1 << 40} }

func (s *site) now() time.Time { return s.lab.trueTime().In(siteZone) }

// log writes a log of the site server.
func (s *site) log(name, component string) *logger {
	format := logfile.Server2003
	if s.lab.Product() == SMS2 {
		format = logfile.Server2
	}
	return &logger{disk: s.disk(), file: dirSiteLogs + "/" + name, component: component, format: format, now: s.now, max: s.lab.config().LogMaxSize}
}

// behaviour is how the site server is to behave now.
func (s *site) behaviour() (loader, distributor bool, maxMIF int64) {
	var b serversFile
	_ = s.lab.load(fileServers, &b) // what cannot be read says nothing
	return b.Site.DataLoader, b.Site.DistributionManager, b.Site.MaxMIFSize
}

// serve answers the programs of the client.
func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.NotFound(w, r)
		return
	}
	if id, ok := strings.CutPrefix(r.URL.Path, "/packages/"); ok {
		s.refresh(w, strings.TrimSuffix(id, "/refresh"), r.URL.Query().Get("code"))
		return
	}
	switch r.URL.Path {
	case "/inbox":
		s.workInboxes()
	case "/resync":
		s.askForAll(r.URL.Query().Get("client"))
	default:
		http.NotFound(w, r)
	}
}

// refresh takes the request to update a package's distribution points. What
// comes of it only Distmgr.log tells, as on a real site.
func (s *site) refresh(w http.ResponseWriter, id, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var db siteFile
	if err := s.lab.load(fileSite, &db); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	pkg := db.Packages[strings.ToUpper(id)]
	switch {
	case !strings.EqualFold(code, db.Code):
		http.Error(w, "another site", http.StatusConflict)
		return
	case pkg == nil:
		http.Error(w, "no such package", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusAccepted)
	s.distribute(strings.ToUpper(id), pkg)
}

// distribute copies a package to its distribution points.
func (s *site) distribute(id string, pkg *sitePackage) {
	s.note(id, true)
	if _, runs, _ := s.behaviour(); runs && s.copyOut(id, pkg) {
		s.note(id, false)
	}
}

// note keeps in mind whether a package is still to be distributed.
func (s *site) note(id string, due bool) {
	_ = change(s.lab, fileSite, func(db *siteFile) { // a database that is not there has no packages
		if p := db.Packages[id]; p != nil {
			p.Due = due
		}
	})
}

// copyOut tells whether all distribution points have the package.
func (s *site) copyOut(id string, pkg *sitePackage) bool {
	log := s.log("Distmgr.log", "SMS_DISTRIBUTION_MANAGER")
	log.info("Start updating the package %s (%s)...", id, pkg.Name)
	d, all := s.disk(), true
	for _, dp := range pkg.DistributionPoints {
		n, err := s.copyPackage(d, pkg.Source, dp)
		if err != nil {
			log.error("Failed to copy package %s from %s to %s, error %v", id, pkg.Source, dp, err)
			all = false
			continue
		}
		log.info("Successfully updated package %s on %s, %d files were new", id, dp, n)
	}
	return all
}

// distributeDue tries again what was not distributed.
func (s *site) distributeDue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	var db siteFile
	if s.lab.load(fileSite, &db) != nil {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(db.Packages)) {
		if pkg := db.Packages[id]; pkg.Due {
			s.distribute(id, pkg)
		}
	}
}

func (s *site) copyPackage(d *disk, source, dp string) (int, error) {
	from, err := d.find(source)
	if err != nil {
		return 0, err
	}
	to, err := d.find(dp)
	if err != nil {
		return 0, err
	}
	return d.copyTree(from, to)
}

// policy is what a client is told when it asks for its policy.
func (s *site) policy(client string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var db siteFile
	if s.lab.load(fileSite, &db) != nil {
		return ""
	}
	if c := db.Clients[client]; c != nil && c.ResyncRequested {
		return "resync"
	}
	return ""
}

// askForAll notes that a client is to send everything.
func (s *site) askForAll(client string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requestResync(client)
}

func (s *site) requestResync(client string) {
	_ = change(s.lab, fileSite, func(db *siteFile) { // a database that is not there asks nobody
		c := db.Clients[client]
		if c == nil {
			c = &siteClient{}
			if db.Clients == nil {
				db.Clients = map[string]*siteClient{}
			}
			db.Clients[client] = c
		}
		c.ResyncRequested = true
	})
	if s.lab.Product() == SMS2 {
		d := s.disk()
		name := path.Join(dirNetwork, capServer, "CAP_"+siteCode, "clicomp.box", client+".rsy")
		if d.mkdir(path.Dir(name)) == nil {
			_ = d.write(name, []byte(notice+"\r\n"), s.now()) // the next refused report asks again
		}
	}
}

// fromManagementPoint turns a report into a MIF and hands it to the site.
func (s *site) fromManagementPoint(r *report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	log := &logger{disk: s.disk(), file: dirMPLogs + "/MP_Hinv.log", component: "MP_HinvEndpoint", format: logfile.CCM, now: s.now, max: s.lab.config().LogMaxSize}
	log.info("Mp Message Handler: start message processing for Hinv of %s", r.Header.Machine)
	log.info("Inv-Hinv Task: processing xml file of %s, ReportType=%s, Version=%s", r.Header.Machine, r.Header.Type, r.Header.Version)
	name := fmt.Sprintf("X%07X.MIF", s.lab.trueTime().UnixNano()/1e6&0xfffffff)
	d := s.disk()
	err := d.mkdir(dirMPOutbox)
	if err == nil {
		err = d.write(path.Join(dirMPOutbox, name), r.mif(), s.now())
	}
	log.info("Hinv Task: Translate report attachment to file %q returned %d", shown(path.Join(dirMPOutbox, name)), codeOf(err))
	if err == nil {
		s.work()
	}
}

func codeOf(err error) int {
	if err == nil {
		return 0
	}
	return winCode(err)
}

// workInboxes looks for what clients and management points have left.
func (s *site) workInboxes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.work()
}

func (s *site) work() {
	d := s.disk()
	accessPoint, err := d.find(uncAccessPoint())
	if err == nil && s.lab.Product() == SMS2 {
		s.collectInbox(d, accessPoint)
	}
	s.collectInbox(d, dirMPOutbox)
	if loader, _, _ := s.behaviour(); loader {
		s.loadAll(d)
	}
}

// collectInbox moves reports on to the data loader, as the inbox manager's
// assistant does.
func (s *site) collectInbox(d *disk, from string) {
	entries, err := d.list(from)
	if err != nil {
		return
	}
	log := s.log("Inboxast.log", "SMS_INBOX_MANAGER_ASSISTANT")
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".MIF") {
			continue
		}
		src, dst := path.Join(from, e.Name()), path.Join(dirInbox, e.Name())
		data, err := d.read(src)
		if err == nil {
			err = d.write(dst, data, s.now())
		}
		if err == nil {
			err = d.remove(src)
		}
		if err != nil {
			log.error("Failed to copy %s to the inbox, error %v", e.Name(), err)
			continue
		}
		log.info("Copied %s to the inbox", e.Name())
	}
}

// loadAll loads the reports of the inbox into the database.
func (s *site) loadAll(d *disk) {
	entries, err := d.list(dirInbox)
	if err != nil {
		return
	}
	log := s.log("Dataldr.log", "SMS_INVENTORY_DATA_LOADER")
	n := 0
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".MIF") {
			n++
			s.loadOne(d, log, e.Name())
		}
	}
	if n > 0 {
		log.info("Finished processing %d MIFs", n)
	}
}

var errUnknownClient = errors.New("delta of an unknown client")

func (s *site) loadOne(d *disk, log *logger, name string) {
	file := path.Join(dirInbox, name)
	log.info("Processing file %s", name)
	data, err := d.read(file)
	if err != nil {
		log.error("Cannot read %s, error %v", name, err)
		return
	}
	_, _, largest := s.behaviour()
	if int64(len(data)) > largest {
		log.error("ERROR: File size exceeds defined maximum.")
		log.error("Could not convert file: %s", name)
		s.refuseMIF(d, log, name, data, 4)
		return
	}
	r, err := parseMIF(data)
	if err != nil {
		log.error("Compilation failed~syntax error on line 1, token '%v'", err)
		s.refuseMIF(d, log, name, data, 2)
		return
	}
	log.info("Processing machine %s", r.Header.Machine)
	if err := s.store(r); errors.Is(err, errUnknownClient) {
		log.warn("attempt to update non-existent row. Requesting resync")
		log.warn("Remote client hardware inventory resync generated for client %s", r.Header.Machine)
		s.requestResync(r.Header.Machine)
		s.refuseMIF(d, log, name, data, 5)
		return
	} else if err != nil {
		log.error("Rollback transaction: Machine=%s: %v", r.Header.Machine, err)
		return
	}
	log.info("Commit transaction: Machine=%s", r.Header.Machine)
	_ = d.remove(file) // else it is loaded once more, with the same result
}

// refuseMIF moves a report out of the way.
func (s *site) refuseMIF(d *disk, log *logger, name string, data []byte, code int) {
	bad := path.Join(dirBadMIFs, fmt.Sprintf("ErrorCode_%d", code), name)
	log.error(`Cannot process MIF %s, moving it to %s`, name, shown(bad))
	if d.mkdir(path.Dir(bad)) == nil && d.write(bad, data, s.now()) == nil {
		_ = d.remove(path.Join(dirInbox, name)) // else it is refused once more
	}
}

// store puts a report into the database and moves Last Hardware Scan.
func (s *site) store(r *report) error {
	at := s.lab.trueTime().UTC().Truncate(time.Second)
	unknown := false
	err := change(s.lab, fileSite, func(db *siteFile) {
		c := db.Clients[r.Header.Machine]
		if r.Header.Type == reportDelta && (c == nil || c.LastHardwareScan == nil) {
			unknown = true
			return
		}
		if db.Clients == nil {
			db.Clients = map[string]*siteClient{}
		}
		if c == nil || r.Header.Type != reportDelta {
			c = &siteClient{}
			db.Clients[r.Header.Machine] = c
		}
		if c.Patches == nil {
			c.Patches = map[string]string{}
		}
		c.LastHardwareScan, c.ReportVersion = &at, r.Header.Version
		for i := range r.Instances {
			c.take(&r.Instances[i])
		}
	})
	if unknown {
		return errUnknownClient
	}
	if err == nil && s.lab.Product() == SMS2 {
		name := path.Join(dirNetwork, capServer, "CAP_"+siteCode, "clicomp.box", r.Header.Machine+".rsy")
		if s.disk().exists(name) && r.Header.Type != reportDelta {
			_ = s.disk().remove(name) // else one report more is full
		}
	}
	return err
}

// take notes an instance of Win32_PatchState.
func (c *siteClient) take(i *reportInstance) {
	if !strings.EqualFold(i.Class, classPatchState) {
		return
	}
	key := patchKey(i.get)
	if i.Content == "Delete" {
		delete(c.Patches, key)
		delete(c.Instances, key)
		return
	}
	c.Patches[key] = i.get("Status")
	row := map[string]string{}
	for _, p := range i.Props {
		row[p.Name] = p.Value
	}
	if c.Instances == nil {
		c.Instances = map[string]map[string]string{}
	}
	c.Instances[key] = row
}
