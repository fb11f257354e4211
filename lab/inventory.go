package lab

import (
	"encoding/xml"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"patchtrace/diagnose/evidence/mof"
)

// cycle is one hardware inventory, whichever agent makes it.
type cycle struct {
	*session
	repo   repository
	kind   string
	major  int
	minor  int
	after  history
	report *report
}

// openStore reads what the last cycle left, and decides on the kind of report.
func (c *cycle) openStore(resync bool) error {
	c.repo = repository{c.session}
	status, err := c.repo.instances(nsInvAgt, classActionStatus)
	if err != nil && !errors.Is(err, wbemClass) {
		return err
	}
	c.kind = reportFull
	for i := range status {
		if strings.EqualFold(status[i].Get("InventoryActionID"), actionHardware) {
			c.kind = reportDelta
			c.major, _ = strconv.Atoi(status[i].Get("LastMajorReportVersion"))
			c.minor, _ = strconv.Atoi(status[i].Get("LastMinorReportVersion"))
		}
	}
	if resync {
		c.kind = reportResync
	}
	if c.kind == reportDelta {
		c.minor++
	} else {
		c.major, c.minor = c.major+1, 0
	}
	return nil
}

// version is how agents number reports.
func (c *cycle) version() string { return fmt.Sprintf("%d.%d", c.major, c.minor) }

// collect reads the classes of the inventory. absent is true when the client has
// no Win32_PatchState.
func (c *cycle) collect() (list []mof.Instance, absent bool, err error) {
	system := mof.Instance{Class: "Win32_OperatingSystem"}
	system.Set("Name", c.machine.Name)
	for _, pack := range c.machine.ServicePacks {
		if strings.HasPrefix(pack, "Windows XP") {
			system.Set("Caption", pack)
		}
	}
	list = append(list, system)
	patches, err := c.repo.instances(nsCIM, classPatchState)
	if errors.Is(err, wbemClass) || errors.Is(err, wbemNamespace) {
		return list, true, nil
	}
	return append(list, patches...), false, err
}

// compose makes the report out of what was collected.
func (c *cycle) compose(list []mof.Instance) error {
	old, err := c.repo.instances(nsInvAgt, classHistory)
	if err != nil && !errors.Is(err, wbemClass) {
		return err
	}
	before := history{}
	for i := range old {
		before[old[i].Get("Instance")] = old[i].Get("Content")
	}
	var changed []reportInstance
	changed, c.after = compare(list, before, c.kind != reportDelta)
	c.report = newReport(c.machine.Name, c.kind, c.version(), c.now(), changed)
	return nil
}

// remember keeps what was reported, for the next delta.
func (c *cycle) remember(started time.Time) error {
	status := mof.Instance{Class: classActionStatus}
	status.Set("InventoryActionID", actionHardware)
	status.Set("LastCycleStartedDate", mof.Time(started))
	status.SetNumber("LastMajorReportVersion", c.major)
	status.SetNumber("LastMinorReportVersion", c.minor)
	status.Set("LastReportDate", mof.Time(c.now()))
	if err := c.repo.compile(nsInvAgt, classActionStatus, []byte(actionStatusMOF)); err != nil {
		return err
	}
	if err := c.repo.put(nsInvAgt, classActionStatus, []mof.Instance{status}); err != nil {
		return err
	}
	return c.repo.keepHistory(c.after)
}

func (r repository) keepHistory(h history) error {
	if err := r.compile(nsInvAgt, classHistory, []byte(historyMOF)); err != nil {
		return err
	}
	var list []mof.Instance
	for _, k := range slices.Sorted(maps.Keys(h)) {
		i := mof.Instance{Class: classHistory}
		i.Set("Instance", k)
		i.Set("Content", h[k])
		i.Set("State", "Verified")
		list = append(list, i)
	}
	return r.put(nsInvAgt, classHistory, list)
}

const (
	dirTemp = "WINDOWS/System32/CCM/Inventory/Temp"
	mpHinv  = "mp:MP_HinvEndpoint"
	// mpTimeout is how long a report may wait for the management point.
	mpTimeout = 10080 * time.Minute
)

// inventoryAgent is the hardware inventory of the Advanced Client.
func inventoryAgent(s *session) ending {
	s.silent = true
	log, err := s.log("InventoryAgent.log", "InventoryAgent")
	if err != nil {
		return ending{code: winCode(err)}
	}
	policy := s.machine.Inventory
	switch {
	case !policy.Hardware:
		return refuse(s, wbemNotFound, "the site's policy has no hardware inventory")
	case !policy.OnDemand:
		return refuse(s, wbemAccessDenied, fmt.Sprintf("the site's policy lets only the schedule start a hardware inventory, every %s", time.Duration(policy.Every)))
	case policy.Running:
		log.info("Inventory: Message [Type=InventoryAction, ActionID=%s, Report=Delta] already in queue. Message ignored.", actionHardware)
		return ending{}
	}
	c := &cycle{session: s}
	log.info("Inventory: *********************** Start of message processing. ***********************")
	log.info("Inventory: Message type is InventoryAction")
	if err := c.inventory(log); err != nil {
		log.error("Inventory: %v", err)
	}
	log.info("Inventory: ************************ End of message processing. ************************")
	return ending{}
}

// refuse ends the agent before it began: the call that started it fails.
func refuse(s *session, code sysError, why string) ending {
	_, _ = fmt.Fprintf(s.out, "LAB: %s\n", why)
	return ending{code: int(code)}
}

func (c *cycle) inventory(log *logger) error {
	started := c.now()
	log.info(`Inventory: Temp directory = C:\WINDOWS\system32\CCM\Inventory\Temp\`)
	log.info("Inventory: Clearing old collected files.")
	log.info("Inventory: Opening store for action %s ...", actionHardware)
	call := caller{s: c.session}
	if err := c.openStore(c.asksForAll(call)); err != nil {
		return says("Failed to open store for action %s, error %w", actionHardware, err)
	}
	log.info("Inventory: Action=Hardware ReportType=%s", c.kind)
	list, absent, err := c.collect()
	switch {
	case err != nil:
		return says("Failed to open namespace %s, error %w", nsCIM, err)
	case absent:
		log.warn(`Collection: Class "%s" does not exist in %s.`, classPatchState, nsCIM)
	default:
		log.info(`Collection: Namespace = \\.\%s; Query = SELECT * FROM %s; Timeout = 600 secs.`, nsCIM, classPatchState)
	}
	log.info("Collection: %d/%d inventory data items successfully inventoried.", len(list), len(list))
	log.info("Inventory: Collection Task completed in %.3f seconds", c.now().Sub(started).Seconds())
	if err := c.compose(list); err != nil {
		return says("Failed to open store of the last report, error %w", err)
	}
	if err := c.send(call, log); err != nil {
		return err
	}
	if err := c.remember(started); err != nil {
		log.warn("Inventory: The next report will be a full one, what was sent is not remembered: %v", err)
	}
	log.info("Inventory: Cycle completed in %.3f seconds", c.now().Sub(started).Seconds())
	return nil
}

// asksForAll asks the management point whether the site wants a full report.
func (c *cycle) asksForAll(call caller) bool {
	body, _, err := call.do(http.MethodGet, call.url(mpServer, serverMP, "/sms_pol?client="+c.machine.Name), nil, nil)
	return err == nil && strings.TrimSpace(string(body)) == "resync"
}

// send posts the report to the management point.
func (c *cycle) send(call caller, log *logger) error {
	body, err := xml.MarshalIndent(c.report, "", " ")
	if err != nil {
		return err
	}
	id := guid()
	temp := dirTemp + "/" + id + ".xml"
	if err := c.disk.mkdir(dirTemp); err == nil {
		err = c.disk.write(temp, body, c.now())
		if err != nil {
			return says("Failed to write the temp report %s, error %w", shown(temp), err)
		}
	} else {
		return says("Failed to write the temp report %s, error %w", shown(temp), err)
	}
	log.info("Inventory: Temp report = %s", shown(temp))
	defer func() { _ = c.disk.remove(temp) }() // the next cycle clears it
	header := http.Header{"Content-Type": {"text/xml"}}
	_, _, err = call.do(http.MethodPost, call.url(mpServer, serverMP, "/ccm_incoming/hinv"), body, header)
	if err != nil {
		return says("Failed to send report. Destination:%s, ID: %s, %w", mpHinv, id, bitsError(err))
	}
	log.info("Inventory: Successfully sent report. Destination:%s, ID: %s, Timeout: %d minutes MsgMode: Signed, Not Encrypted", mpHinv, id, int(mpTimeout/time.Minute))
	return nil
}

// bitsError words a failure of a transfer as the client's transfer service does.
func bitsError(err error) error {
	var status statusError
	var inet *inetError
	switch {
	case errors.As(err, &status) && int(status) == http.StatusUnauthorized:
		return fmt.Errorf("error %w", errTimeSkew)
	case errors.As(err, &status):
		return fmt.Errorf("error 0x%08X (%w)", 0x80190000|int(status), err)
	case errors.As(err, &inet):
		return fmt.Errorf("error 0x%08X (%s)", 0x80070000|inet.code, inet.text)
	}
	return err
}

// guid makes an id. It only has to look like one.
func guid() string {
	hi, lo := rand.Uint64(), rand.Uint64()
	return fmt.Sprintf("{%08X-%04X-%04X-%04X-%012X}", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}
