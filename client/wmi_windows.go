package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"

	"github.com/go-ole/go-ole"
	"github.com/go-ole/go-ole/oleutil"

	"patchtrace/diagnose/evidence/mof"
)

// realWMI asks through the library github.com/yusufpapurcu/wmi: wmitable_windows.go.
// What that cannot do is done here with go-ole, which is what it uses itself:
//
//   - reading every property of a class, known or not: Win32_PatchState and its
//     like differ from client to client, and the library drops what its struct has
//     no field for. So it goes for any class whose properties are not known.
//   - reading what the library could not: of objects that do not give their
//     properties by name, and after an error in the middle of many.
//   - the code that says why a class cannot be opened or a method failed, which the
//     library tells in words alone.
//   - calling a method that returns more than a code (Win32_Process.Create tells the
//     new process so), or that takes its inputs by name.
type realWMI struct{}

// maxInstances is how many instances of a class are read.
const maxInstances = 50_000

func (realWMI) query(ctx context.Context, at space, class, where string) ([]mof.Instance, error) {
	type answer struct {
		list []mof.Instance
		err  error // beside the list
	}
	a, err := within(ctx, callLimit, func() (answer, error) {
		var a answer
		if tables[class] != nil {
			a.list, a.err = queryTable(at, class, where)
			return a, nil
		}
		a.err = inSession(at, class, func(s session) (err error) {
			a.list, err = s.instances(class, where)
			return err
		})
		return a, nil
	})
	return a.list, errors.Join(err, a.err)
}

func (realWMI) call(ctx context.Context, at space, class, method string, input map[string]string) (map[string]string, error) {
	return within(ctx, callLimit, func() (output map[string]string, err error) {
		if output, ok, err := callTable(ctx, at, class, method, input); ok || err != nil {
			return output, err
		}
		err = inSession(at, class, func(s session) (err error) {
			output, err = s.call(class, method, input)
			return err
		})
		return output, err
	})
}

// session is a connection to a namespace.
type session struct {
	at      space
	service *ole.IDispatch
}

// inSession connects, and runs f on a thread of its own: COM belongs to a thread.
func inSession(at space, class string, f func(session) error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const alreadyDone = 1 // S_FALSE
	if err := ole.CoInitializeEx(0, ole.COINIT_MULTITHREADED); err != nil && codeOf(err) != alreadyDone {
		return failWMI(at, "", connecting, err)
	}
	defer ole.CoUninitialize()
	unknown, err := oleutil.CreateObject("WbemScripting.SWbemLocator")
	if err != nil {
		return failWMI(at, "", connecting, err)
	}
	defer unknown.Release()
	locator, err := unknown.QueryInterface(ole.IID_IDispatch)
	if err != nil {
		return failWMI(at, "", connecting, err)
	}
	defer locator.Release()
	service, err := object(oleutil.CallMethod(locator, "ConnectServer", at.host, at.namespace))
	if err != nil {
		return failWMI(at, "", connecting, err)
	}
	defer service.Release()
	return f(session{at, service})
}

// object takes an object out of what a method gave back.
func object(v *ole.VARIANT, err error) (*ole.IDispatch, error) {
	if err != nil {
		return nil, err
	}
	if d := v.ToIDispatch(); d != nil {
		return d, nil
	}
	return nil, errNothingBack
}

var errNothingBack = errors.New("WMI gave nothing back")

// codeOf is the HRESULT of an error, 0 if it has none. That of a scripting object
// is inside of another.
func codeOf(err error) uint32 {
	var e *ole.OleError
	if !errors.As(err, &e) {
		return 0
	}
	if inner, ok := e.SubError().(ole.EXCEPINFO); ok && inner.SCODE() != 0 {
		return inner.SCODE()
	}
	return uint32(e.Code())
}

func failWMI(at space, class string, when doing, err error) error {
	code := codeOf(err)
	if code == 0 {
		return &WMIError{On: at.String(), Err: err, Do: "try it again"}
	}
	return explainWMI(at, class, when, code)
}

// class opens a class, which tells whether there is one: a query for one that is
// missing may just find nothing.
func (s session) class(name string) (*ole.IDispatch, error) {
	c, err := object(oleutil.CallMethod(s.service, "Get", name))
	if err != nil {
		return nil, failWMI(s.at, name, findingClass, err)
	}
	return c, nil
}

// find tells why there is no such class, nil if there is one.
func (s session) find(class string) error {
	c, err := s.class(class)
	if err == nil {
		c.Release()
	}
	return err
}

func (s session) instances(class, where string) ([]mof.Instance, error) {
	if err := s.find(class); err != nil {
		return nil, err
	}
	query := "SELECT * FROM " + class
	if where != "" {
		query += " WHERE " + where
	}
	set, err := object(oleutil.CallMethod(s.service, "ExecQuery", query))
	if err != nil {
		return nil, failWMI(s.at, class, reading, err)
	}
	defer set.Release()
	list, err := instancesOf(set)
	if err != nil && codeOf(err) != 0 {
		err = failWMI(s.at, class, reading, err)
	}
	return list, err
}

// instancesOf reads a set of objects. The library's own loop over one takes an
// error for its end.
func instancesOf(set *ole.IDispatch) ([]mof.Instance, error) {
	property, err := oleutil.GetProperty(set, "_NewEnum")
	if err != nil {
		return nil, err
	}
	defer property.Clear()
	enum, err := property.ToIUnknown().IEnumVARIANT(ole.IID_IEnumVariant)
	if err != nil {
		return nil, err
	}
	defer enum.Release()
	const end = 1 // S_FALSE
	var list []mof.Instance
	for {
		item, n, err := enum.Next(1)
		switch {
		case n == 0 && (err == nil || codeOf(err) == end):
			return list, nil
		case n == 0:
			return list, err
		case len(list) == maxInstances:
			item.Clear()
			return list, fmt.Errorf("more than %d instances", maxInstances)
		}
		instance, err := instanceOf(item.ToIDispatch())
		item.Clear()
		if err != nil {
			return list, err
		}
		list = append(list, instance...)
	}
}

// instanceOf reads an object as the text that wbemtest shows of it: that holds
// every property, known or not.
func instanceOf(item *ole.IDispatch) ([]mof.Instance, error) {
	text, err := oleutil.CallMethod(item, "GetObjectText_", 0)
	if err != nil {
		return nil, err
	}
	defer text.Clear()
	return mof.Parse(strings.TrimRight(text.ToString(), "\x00")) // Wine's is longer than it is
}

// call calls a method with its inputs by name.
func (s session) call(class, method string, input map[string]string) (map[string]string, error) {
	c, err := s.class(class)
	if err != nil {
		return nil, err
	}
	defer c.Release()
	params := []any{method}
	if len(input) > 0 {
		in, err := inputs(c, method, input)
		if err != nil {
			return nil, failWMI(s.at, class, callingMethod, err)
		}
		defer in.Release()
		params = append(params, in)
	}
	out, err := object(oleutil.CallMethod(c, "ExecMethod_", params...))
	switch {
	case errors.Is(err, errNothingBack):
		return nil, nil // the method has no result
	case err != nil:
		return nil, failWMI(s.at, class, callingMethod, err)
	}
	defer out.Release()
	list, err := instanceOf(out)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	result := map[string]string{}
	for _, p := range list[0].Props {
		result[strings.ToLower(p.Name)] = p.Text
	}
	return result, nil
}

// inputs fills the object that a method takes its inputs from.
func inputs(class *ole.IDispatch, method string, input map[string]string) (*ole.IDispatch, error) {
	methods, err := objectProperty(class, "Methods_")
	if err != nil {
		return nil, err
	}
	defer methods.Release()
	m, err := object(oleutil.CallMethod(methods, "Item", method))
	if err != nil {
		return nil, err
	}
	defer m.Release()
	definition, err := objectProperty(m, "InParameters")
	if err != nil {
		return nil, err
	}
	defer definition.Release()
	in, err := object(oleutil.CallMethod(definition, "SpawnInstance_"))
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(input)) {
		if _, err := oleutil.PutProperty(in, name, input[name]); err != nil {
			in.Release()
			return nil, err
		}
	}
	return in, nil
}

func objectProperty(d *ole.IDispatch, name string) (*ole.IDispatch, error) {
	return object(oleutil.GetProperty(d, name))
}
