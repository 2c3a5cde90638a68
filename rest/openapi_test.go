package rest_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/softdelete-go/softdelete/access"
)

// paths are those of the document, with their methods.
func (a *api) paths() string {
	a.t.Helper()
	doc := a.want(200, "GET", "/openapi.json").doc(a.t)
	var list []string
	for path, item := range doc["paths"].(map[string]any) {
		list = append(list, path+" "+strings.Join(slices.Sorted(maps.Keys(item.(map[string]any))), ","))
	}
	slices.Sort(list)
	return strings.Join(list, "\n")
}

func TestDocumentSaysWhatIsAllowed(t *testing.T) {
	a := newAPI(t, nil)
	may := map[string]bool{"read users": true, "see tags": true, "restore tags": true, "restore orders": true, "purge orders": true}
	a.deny = func(action access.Action, table string) error {
		if may[string(action)+" "+table] {
			return nil
		}
		return access.Denied{Why: "no"}
	}
	a.equal("a few", a.paths(), `/tags/deleted/ get
/tags/deleted/{key}/ get
/tags/restore/ patch
/tags/{key}/restore/ patch
/users/ get
/users/{key}/ get`)
	text := a.want(200, "GET", "/openapi.json").text
	if strings.Contains(text, "orders") || !strings.Contains(text, "email") {
		t.Errorf("the document: %s", text)
	}
	a.deny = nil
	a.equal("all", fmt.Sprint(strings.Count(a.paths(), "\n")+1), fmt.Sprint(7*8))
	a.equal("bulk purges", fmt.Sprint(strings.Contains(a.paths(), "/users/deleted/ delete,get")), "false")
	a.deny = func(access.Action, string) error { return access.Denied{Why: "no"} }
	a.equal("nothing", a.paths(), "")
}

// Where the paths begin is told for the place at which the handler is mounted.
func TestDocumentUnderAPrefix(t *testing.T) {
	a := newAPI(t, nil)
	r := httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil)
	w := httptest.NewRecorder()
	http.StripPrefix("/api/v1", a.handler).ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"servers":[{"url":"/api/v1"}]`) {
		t.Errorf("%.200s", w.Body)
	}
}
