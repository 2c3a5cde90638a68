package softdelete

import "unsafe"

// front is what one connection saw last, by the texts' addresses: a program sends most
// of its statements as constants, and then neither a hash nor a comparison of the text
// is needed. It keeps the texts, so no other can come to lie at their place.
type front [frontSize]frontEntry

// frontSize is a power of two.
const frontSize = 64

type frontEntry struct {
	sql, scope, session string
	w                   *rewritten
}

func (f *front) at(sql string) *frontEntry {
	p := uintptr(unsafe.Pointer(unsafe.StringData(sql)))
	return &f[(p>>4^p>>10^uintptr(len(sql)))%frontSize]
}

// load returns nil if the text was not seen at this address.
func (f *front) load(k cacheKey) *rewritten {
	e := f.at(k.sql)
	if unsafe.StringData(e.sql) != unsafe.StringData(k.sql) || len(e.sql) != len(k.sql) || e.scope != k.scope || e.session != k.session {
		return nil
	}
	return e.w
}

func (f *front) store(k cacheKey, w *rewritten) {
	*f.at(k.sql) = frontEntry{k.sql, k.scope, k.session, w}
}
