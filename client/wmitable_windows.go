package client

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	library "github.com/yusufpapurcu/wmi"

	"patchtrace/diagnose/evidence/mof"
)

// What is asked of classes whose properties are known. The library finds a property
// by the name of its field; one that the class lacks, or that holds nothing, stays
// nil. Dates stay text: of some the zone is not told, which the library refuses.
type (
	operatingSystem struct{ WindowsDirectory, SystemDrive, CSName, LastBootUpTime *string }
	process         struct {
		Name, CreationDate *string
		ProcessId          *int64
	}
	inventoryActionStatus struct {
		InventoryActionID, LastCycleStartedDate, LastReportDate *string
		LastMajorReportVersion, LastMinorReportVersion          *int64
	}
	siteSystem        struct{ ResourceID *int64 }
	workstationStatus struct{ LastHardwareScan *string }
)

// tables read the known classes.
var tables = map[string]func(t table, class, query string) ([]mof.Instance, error){
	"Win32_OperatingSystem":           rows[operatingSystem],
	"Win32_Process":                   rows[process],
	"InventoryActionStatus":           rows[inventoryActionStatus],
	"SMS_R_System":                    rows[siteSystem],
	"SMS_G_System_WORKSTATION_STATUS": rows[workstationStatus],
}

// table is a connection of the library to a namespace. It has a thread of its own:
// the library's plain Query lets one query wait for the other in the whole program,
// and one of a computer that is off takes long.
type table struct {
	at       space
	services *library.SWbemServices
}

// errNotRead is why rows are not whole: what was found does not fit the struct.
var errNotRead = errors.New("the library read nothing of it")

func inTable(at space, f func(table) error) error {
	s, err := library.InitializeSWbemServices(&library.Client{AllowMissingFields: true, PtrNil: true, NonePtrZero: true})
	if err != nil { // the library tells it in words alone
		return &WMIError{On: at.String(), Err: fmt.Errorf("%w: %w", errWMIBroken, err), Do: brokenDo}
	}
	defer func() { _ = s.Close() }() // it was only read
	return f(table{at, s})
}

// failed is an error of the library, which does not tell in what step it was. One
// without a code is of what was read.
func (t table) failed(class string, err error) error {
	if codeOf(err) == 0 {
		return fmt.Errorf("%w: %w", errNotRead, err)
	}
	return failWMI(t.at, class, connecting, err)
}

// rows reads instances into structs of type T, all of whose fields are pointers.
func rows[T any](t table, class, query string) ([]mof.Instance, error) {
	var found []T
	if err := t.services.Query(query, &found, t.at.host, t.at.namespace); err != nil {
		return nil, t.failed(class, err)
	}
	// The library makes room for as many as there are, and takes an error on the way
	// for their end.
	if len(found) < cap(found) || len(found) > maxInstances {
		return nil, errNotRead
	}
	list := make([]mof.Instance, len(found))
	read := 0
	for k := range found {
		list[k].Class = class
		row := reflect.ValueOf(found[k])
		for f := range row.NumField() {
			field := row.Field(f)
			if field.IsNil() {
				continue
			}
			read++
			name := row.Type().Field(f).Name
			if value := field.Elem(); value.CanInt() {
				list[k].SetNumber(name, int(value.Int()))
			} else {
				list[k].Set(name, value.String())
			}
		}
	}
	if len(list) > 0 && read == 0 {
		return nil, errNotRead // Wine 8 gives no property by its name
	}
	return list, nil
}

// has tells whether there is such a class, or that it is not known: the list of
// classes is empty on Wine 8.
func (t table) has(class string) (bool, error) {
	var found []struct{}
	err := t.services.Query("SELECT * FROM meta_class WHERE __class = "+wqlText(class), &found, t.at.host, t.at.namespace)
	if err != nil {
		return false, t.failed("", err)
	}
	return len(found) > 0, nil
}

// queryTable reads instances of a known class.
func queryTable(at space, class, where string) (list []mof.Instance, err error) {
	query := "SELECT * FROM " + class
	if where != "" {
		query += " WHERE " + where
	}
	missing := false
	err = inTable(at, func(t table) (err error) {
		if list, err = tables[class](t, class, query); err != nil || len(list) > 0 {
			return err
		}
		// A query for a class that is missing may just find nothing.
		there, err := t.has(class)
		missing = err == nil && !there
		return err
	})
	if errors.Is(err, errNotRead) {
		err = inSession(at, class, func(s session) (err error) {
			list, err = s.instances(class, where)
			return err
		})
	} else if missing {
		err = inSession(at, class, func(s session) error { return s.find(class) })
	}
	return list, err
}

// byPosition are methods that tell no more than a code, with their inputs in order:
// those the library can call.
var byPosition = map[string][]parameter{
	"SMS_Client.TriggerSchedule": {{"sScheduleID", false}},
	"Win32_Process.Terminate":    {{"Reason", true}},
}

type parameter struct {
	name   string
	number bool
}

// callTable calls a method that tells no more than a code. ok is false for another
// one, and for one that failed: the library tells that in words alone, without
// the code that says why.
func callTable(ctx context.Context, at space, class, method string, input map[string]string) (output map[string]string, ok bool, err error) {
	name, _, _ := strings.Cut(class, ".")
	order, known := byPosition[name+"."+method]
	if !known || len(order) != len(input) {
		return nil, false, nil
	}
	params := make([]any, len(order))
	for i, in := range order {
		value, given := input[in.name]
		if !given {
			return nil, false, nil
		}
		params[i] = value
		if in.number {
			if params[i], err = strconv.Atoi(value); err != nil {
				return nil, false, nil
			}
		}
	}
	// What cannot be reached is found out here, with the code.
	if err := inTable(at, func(t table) error { _, err := t.has(name); return err }); err != nil && !errors.Is(err, errNotRead) {
		return nil, false, err
	}
	if err := ctx.Err(); err != nil {
		return nil, false, err
	}
	runtime.LockOSThread() // the library does not
	defer runtime.UnlockOSThread()
	code, err := library.CallMethod([]any{at.host, at.namespace}, class, method, params)
	switch {
	case err == nil:
		return map[string]string{"returnvalue": strconv.FormatUint(uint64(uint32(code)), 10)}, true, nil
	case strings.HasPrefix(err.Error(), "return value was not an int32"):
		return nil, true, nil // it was called, and returns nothing
	}
	return nil, false, nil
}
