package lab

import (
	"errors"
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"
)

// agentName is how cliutils and the SMS 2.0 client call the agent.
const agentName = "Hardware Inventory Agent"

// cliUtils is cliutils.exe /start "component".
func cliUtils(s *session) ending {
	sw := parseSwitches(s.args, "/start")
	component := sw.values["/start"]
	if component == "" {
		return s.missing("/start <component>")
	}
	if !strings.EqualFold(component, agentName) {
		s.print("LAB: this client has no component %q", component)
		return ending{code: 1060} // the service does not exist
	}
	policy := s.machine.Inventory
	switch {
	case !policy.Hardware:
		s.print("LAB: the site has switched %s off", component)
		return ending{code: 1060}
	case !policy.OnDemand:
		s.print("LAB: the site lets only the schedule start a hardware inventory, every %s", time.Duration(policy.Every))
		return ending{code: int(errAccessDenied)}
	}
	s.print("Starting %s", component)
	code, err := s.spawn("hinv32.exe")
	if err != nil {
		s.print("LAB: %v", err)
		return ending{code: 1}
	}
	return ending{code: code}
}

// hinv32 is the hardware inventory agent of the SMS 2.0 client.
func hinv32(s *session) ending {
	s.silent = true
	log, err := s.log("Hinv32.log", agentName)
	if err != nil {
		return ending{code: winCode(err)}
	}
	c := &cycle{session: s}
	if err := c.inventory2(log); err != nil {
		log.error("%v", err)
		return ending{code: winCode(err)}
	}
	return c.copyQueue()
}

func (c *cycle) inventory2(log *logger) error {
	started := c.now()
	log.info("%s cycle started ..... !", agentName)
	if err := c.openStore(c.disk.exists(c.resyncFile())); err != nil {
		return says("Failed to read the last cycle, error %w", err)
	}
	list, absent, err := c.collect()
	if err != nil {
		return says("Failed to read %s, error %w", classPatchState, err)
	}
	log.info("CLASS - Process Class: Win32_OperatingSystem")
	if !absent {
		log.info("CLASS - Process Class: %s", classPatchState)
	}
	if err := c.compose(list); err != nil {
		return says("Failed to read the last report, error %w", err)
	}
	if err := c.disk.mkdir(dirQueue); err != nil {
		return says("ERROR %d - Cannot make the folder of the report", winCode(err))
	}
	if err := c.disk.write(c.queued(), c.report.mif(), c.now()); err != nil {
		return says("ERROR %d - Cannot write the report: %s", winCode(err), sysTexts[sysError(winCode(err))])
	}
	if err := c.remember(started); err != nil {
		log.warn("WARNING - The next report will be a full one: %v", err)
	}
	d := c.now().Sub(started).Round(time.Second)
	log.info("%s completed in %02d hours, %02d mins, %02d secs !", agentName, int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60)
	return nil
}

// dirQueue holds the report until it is copied.
const dirQueue = dirMSSMS + "/Clicomp/Hinv"

func (c *cycle) queued() string { return dirQueue + "/" + c.machine.Name + ".MIF" }

// resyncFile is there when the site wants a full report.
func (c *cycle) resyncFile() string {
	return dirNetwork + "/" + capServer + "/CAP_" + siteCode + "/clicomp.box/" + c.machine.Name + ".rsy"
}

// copyQueue copies the report to the client access point, as Cqmgr32 does.
func (c *cycle) copyQueue() ending {
	log, err := c.log("Cqmgr32.log", "CQMGR32")
	if err != nil {
		return ending{code: winCode(err)}
	}
	item := fmt.Sprintf("Item %d%03d", c.now().Unix()%100000, c.minor)
	log.info("Starting Copy Cycle no. 1")
	log.info(`-Servicing Destination[CAP List for site %s,inventry.box\]`, siteCode)
	log.info("--Validating Item '%s'", item)
	log.info("--Servicing Item '%s'", item)
	box, err := c.disk.find(uncAccessPoint())
	if err == nil {
		err = c.disk.reach(box)
	}
	if err == nil {
		log.info("--Trying to copy Item[%s], copy try no. 1", item)
		err = c.put(box)
	}
	switch {
	case errors.Is(err, errExists):
		log.info("--Item[%s] NOT copied, already exists, set status to Remove", item)
	case err != nil:
		log.warn("-Destination[CAP List for site %s,inventry.box] is inaccessible", siteCode)
		return ending{code: winCode(err)}
	}
	log.info("Copy cycle finished normally")
	_ = c.disk.remove(c.queued()) // the next report replaces it
	call := caller{s: c.session}
	_, _, _ = call.do(http.MethodPost, call.url(siteServer, serverSite, "/inbox"), nil, nil) // it looks again when it starts
	return ending{}
}

var errExists = errors.New("a file of that name exists")

// put copies the report into the inbox under a name of eight digits.
func (c *cycle) put(box string) error {
	name := path.Join(box, fmt.Sprintf("%08X.MIF", c.now().UnixNano()/1e6&0xffffffff))
	if c.disk.exists(name) {
		return errExists
	}
	data, err := c.disk.read(c.queued())
	if err != nil {
		return err
	}
	return c.disk.write(name, data, c.now())
}

// invSync is invsync.exe hw <client>, on the site server.
func invSync(s *session) ending {
	if len(s.args) != 2 || !strings.EqualFold(s.args[0], "hw") {
		return s.missing("hw <client>")
	}
	call := caller{s: s}
	_, _, err := call.do(http.MethodPost, call.url(siteServer, serverSite, "/resync?client="+s.args[1]), nil, nil)
	if err != nil {
		s.print("LAB: %v", err)
		return ending{code: 1}
	}
	s.print("A full inventory of %s was asked for", s.args[1])
	return ending{}
}
