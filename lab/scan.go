package lab

import (
	"bytes"
	"encoding/json"
	"errors"
	"path"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/catalogue"
	"patchtrace/diagnose/evidence/mof"
	"patchtrace/lab/practice"
)

// engineName is the scan engine in a tool's package.
const engineName = "mbsacli.exe"

// classFile defines Win32_PatchState in a tool's package.
const classFile = "patchstate.mof"

// scanRun is one run of a scan tool.
type scanRun struct {
	*session
	log   *logger
	track string
	pkg   string
	kick  bool
	// cache is true when the tool is kept in the cache, source when it is read
	// from the distribution point.
	cache bool
}

// scanWrapper is ScanWrapper.exe of SMS 2003.
func scanWrapper(s *session) ending {
	r := scanRun{session: s, pkg: s.packageHere()}
	var err error
	if r.log, err = s.log("ScanWrapper.log", "ScanWrapper"); err != nil {
		s.print("LAB: ScanWrapper.log cannot be written: %v", err)
		return ending{code: winCode(err)}
	}
	sw := parseSwitches(s.args)
	s.silent, r.kick, r.cache = sw.set["/s"], sw.set["/kick"], sw.set["/cache"]
	return r.run("Software Updates Scan Tool Started")
}

// scanLegacy is s_scan.exe or o_scan.exe of SMS 2.0. It always runs in the
// cache.
func scanLegacy(s *session) ending {
	r := scanRun{session: s, pkg: s.packageHere(), cache: true}
	name := "S_Scan"
	if strings.EqualFold(s.program, "o_scan.exe") {
		name = "O_Scan"
	}
	var err error
	if r.log, err = s.log(name+".log", name); err != nil {
		s.print("LAB: %s.log cannot be written: %v", name, err)
		return ending{code: winCode(err)}
	}
	sw := parseSwitches(s.args)
	s.silent, r.kick = sw.set["/s"], sw.set["/kick"]
	return r.run(s.program + " scan started")
}

func (r *scanRun) run(begun string) ending {
	r.track = trackOf(r.pkg)
	r.log.info("%s", begun)
	r.log.info("Command line: %s", r.commandLine())
	cat, err := r.prepare()
	var results []practice.Result
	if err == nil {
		r.log.info("Comparing %s with the %s catalog: DataVersion = %s, LastDataUpdate = %s", r.machine.Name, r.track, cat.DataVersion, cat.LastDataUpdate)
		if r.machine.hangs(engineName) {
			_ = r.lab.pass(hangTime) // the clock that cannot be moved shows no hang
			return ending{code: 258, killed: true}
		}
		results = practice.Scan(cat, r.machine)
		err = r.keep(results)
	}
	if err != nil {
		r.log.error("%v", err)
		code := winCode(err)
		r.log.info("Exit code %d", code)
		return ending{code: code}
	}
	installed := 0
	for _, res := range results {
		if res.State == practice.Installed {
			installed++
		}
	}
	r.log.info("%s: %d instances of type %s, %d installed, %d applicable", classPatchState, len(results), r.typeName(), installed, len(results)-installed)
	r.log.info("Scan completed successfully")
	if r.kick {
		r.log.info("Requesting a hardware inventory cycle")
		r.startInventory()
	}
	return ending{}
}

// hangTime is how long nobody looks at a tool that hangs.
const hangTime = 26 * time.Hour

// prepare brings the tool and the catalogue to the client and checks both.
func (r *scanRun) prepare() (*catalogue.Catalogue, error) {
	if !r.machine.Administrator {
		return nil, says("The account is not an administrator, the scan needs administrator rights")
	}
	dir := r.dir
	if r.cache {
		if err := r.fill(); err != nil {
			return nil, err
		}
		dir = path.Join(dirVPCache, r.pkg)
	}
	if err := r.engine(dir); err != nil {
		return nil, err
	}
	cat, err := r.catalogue(path.Join(dir, langUS, cabName))
	if err != nil {
		return nil, err
	}
	if version := r.engineVersion(dir); catalogue.Compare(version, cat.ToolVersion) < 0 {
		return nil, says("Scan failed: %s is version %s, the catalog needs %s or newer", engineName, version, cat.ToolVersion)
	}
	return cat, r.class(dir)
}

// fill copies what is new from the distribution point into the cache.
func (r *scanRun) fill() error {
	source, cache := uncDistributionPoint(r.pkg), cachedTool(r.pkg)
	r.log.info(`Source Directory = %s\`, source)
	r.log.info(`Cache Directory = %s\`, cache)
	from, err := r.disk.find(source)
	if err != nil {
		return err
	}
	to := path.Join(dirVPCache, r.pkg)
	if _, err := r.disk.copyTree(from, to); err != nil {
		return says("Failed to copy the tool and its catalog to the cache, error %w", err)
	}
	return nil
}

// engine checks that the scan engine is there.
func (r *scanRun) engine(dir string) error {
	if _, err := r.disk.file(path.Join(dir, engineName), mayRead); err != nil {
		return says("Failed to start the scan engine %s, error %w", engineName, err)
	}
	return nil
}

func (r *scanRun) engineVersion(dir string) string {
	text, err := r.disk.read(path.Join(dir, engineName))
	if err != nil {
		return ""
	}
	var p practiceProgram
	if json.Unmarshal(text, &p) != nil {
		return ""
	}
	return p.Version
}

// catalogue reads the catalogue in a cabinet.
func (r *scanRun) catalogue(name string) (*catalogue.Catalogue, error) {
	data, err := r.disk.read(name)
	switch {
	case errors.Is(err, errFileNotFound), errors.Is(err, errPathNotFound):
		return nil, says("%s was not found in %s, error %w", cabName, shown(path.Dir(name)), err)
	case err != nil:
		return nil, says("Cannot read %s in %s, error %w", cabName, shown(path.Dir(name)), err)
	}
	xml, _, err := unpackCatalogue(data)
	if err != nil {
		return nil, err
	}
	cat, err := catalogue.Read(bytes.NewReader(xml))
	if err != nil {
		return nil, says("%s in %s is damaged: %w", xmlName, cabName, err)
	}
	return cat, nil
}

// class makes Win32_PatchState when it is not there.
func (r *scanRun) class(dir string) error {
	repo := repository{r.session}
	if err := repo.connect(nsCIM); err != nil {
		return says(`Failed to connect to \\.\%s, error %w`, nsCIM, err)
	}
	text, err := r.disk.read(path.Join(dir, classFile))
	if err != nil {
		r.log.warn("%s is not in the package, class %s is taken as it is", classFile, classPatchState)
		return nil
	}
	if err := repo.compile(nsCIM, classPatchState, text); err != nil {
		return says("Failed to create class %s, error %w", classPatchState, err)
	}
	return nil
}

func (r *scanRun) typeName() string {
	if r.track == trackOffice {
		return "Microsoft Office"
	}
	return "Security"
}

// keep replaces the results of this track in Win32_PatchState.
func (r *scanRun) keep(results []practice.Result) error {
	repo := repository{r.session}
	list, err := repo.instances(nsCIM, classPatchState)
	if err != nil {
		return says("Failed to put instances of %s, error %w", classPatchState, err)
	}
	var keep []mof.Instance
	before := map[string]mof.Instance{}
	for _, i := range list {
		if strings.EqualFold(i.Get("Type"), r.typeName()) {
			before[i.Get("ID")] = i
			continue
		}
		keep = append(keep, i)
	}
	for _, res := range results {
		keep = append(keep, r.instance(res, before[res.Bulletin.BulletinID]))
	}
	if err := repo.put(nsCIM, classPatchState, keep); err != nil {
		return says("Failed to put instances of %s, error %w", classPatchState, err)
	}
	return nil
}

// instance is a result as WMI keeps it. The time of detection stays that of the
// first scan that saw the patch.
func (r *scanRun) instance(res practice.Result, before mof.Instance) mof.Instance {
	b, p := res.Bulletin, res.Patch
	i := mof.Instance{Class: classPatchState}
	i.Set("ID", b.BulletinID)
	i.Set("QNumbers", strings.TrimPrefix(p.SQNumber, "Q"))
	i.Set("Product", res.Product)
	i.Set("Type", r.typeName())
	i.Set("Title", b.Title)
	i.Set("Summary", b.Summary)
	i.Set("Status", string(res.State))
	i.Set("Severity", res.Severity)
	i.Set("Language", "English")
	i.SetNumber("LocaleID", 1033)
	i.Set("DatePosted", mof.Time(b.Posted()))
	i.Set("DateRevised", mof.Time(b.Revised()))
	detected := before.Get("TimeDetected")
	if detected == "" {
		detected = mof.Time(r.now())
	}
	i.Set("TimeDetected", detected)
	if at, ok := r.machine.Installed[p.SQNumber]; ok {
		i.Set("TimeApplied", mof.Time(at))
	}
	i.Set("ScanAgent", r.program)
	return i
}
