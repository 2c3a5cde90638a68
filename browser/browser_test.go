package browser

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var update = flag.Bool("update", false, "write the pictures in docs anew")

// patience bounds what must happen, for the sake of a clear failure.
const patience = 2 * time.Minute

// command is the program softdelete, built once.
var command = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "sd-browser-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "softdelete")
	build := exec.Command("go", "build", "-o", path, "./cmd/softdelete")
	build.Dir = ".."
	out, err := build.CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return path, err
})

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if path, err := command(); err == nil {
		_ = os.RemoveAll(filepath.Dir(path)) // it is in a folder for temporary files
	}
	os.Exit(code)
}

// output is what a process has written so far.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// demo starts the demo, and returns the address of its trash.
func demo(t *testing.T) (address string) {
	t.Helper()
	path, err := command()
	if err != nil {
		t.Fatalf("build softdelete: %v", err)
	}
	var stdout, stderr output
	p := exec.Command(path, "demo", "--serve")
	p.Stdout, p.Stderr = &stdout, &stderr
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(p.Process.Signal(os.Interrupt), p.Wait()); err != nil {
			t.Errorf("the demo ended with %v: %s", err, &stderr)
		}
	})
	for deadline := time.Now().Add(patience); address == ""; time.Sleep(20 * time.Millisecond) {
		address = regexp.MustCompile(`http://127\.0\.0\.1:\d+/`).FindString(stdout.String())
		if time.Now().After(deadline) {
			t.Fatalf("the demo prints no address: %s%s", &stdout, &stderr)
		}
	}
	return address
}

// chromium is the browser. What "make test" installs is among these names.
func chromium(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("SOFTDELETE_CHROMIUM"); path != "" {
		return path
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Fatal("this test needs Chromium: run scripts/install.sh chromium, or set SOFTDELETE_CHROMIUM to its path")
	return ""
}

// tab is a page of a browser of its own.
type tab struct {
	t       *testing.T
	ctx     context.Context
	address string
}

func openTab(t *testing.T, address string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)), chromedp.WSURLReadTimeout(patience))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's does not run as root
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	b := &tab{t: t, ctx: ctx, address: address}
	b.do()
	return b
}

func (b *tab) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := chromedp.Run(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// to does what leads to another page.
func (b *tab) to(actions ...chromedp.Action) {
	b.t.Helper()
	if _, err := chromedp.RunResponse(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

func (b *tab) open(path string) {
	b.t.Helper()
	b.to(chromedp.Navigate(b.address + path))
}

// text is what the page says.
func (b *tab) text() (s string) {
	b.t.Helper()
	b.do(chromedp.Text("main", &s, chromedp.ByQuery))
	return s
}

func (b *tab) says(parts ...string) {
	b.t.Helper()
	text := b.text()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			b.t.Fatalf("the page lacks %q: %s", part, text)
		}
	}
}

// click clicks on a link or button of that text, with the mouse.
func (b *tab) click(text string) {
	b.t.Helper()
	b.to(chromedp.Click(fmt.Sprintf(`//a[contains(normalize-space(.), '%[1]s')] | //button[contains(normalize-space(.), '%[1]s')]`, text), chromedp.BySearch))
}

// press goes by Tab to what has that text, and presses Enter.
func (b *tab) press(text string) {
	b.t.Helper()
	for range 100 {
		var at struct {
			Text    string
			Outline string
			Visible bool
		}
		b.do(chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(`(() => {
			const a = document.activeElement, r = a.getBoundingClientRect();
			return {Text: a.textContent.replace(/\s+/g, ' ').trim(), Outline: getComputedStyle(a).outlineStyle, Visible: r.width > 0 && r.bottom > 0 && r.top < innerHeight};
		})()`, &at))
		if at.Text == "" {
			continue // a field, or the end of the page
		}
		if at.Outline == "none" || !at.Visible {
			b.t.Errorf("nobody sees that %q has the focus", at.Text)
		}
		if strings.Contains(at.Text, text) {
			b.to(chromedp.KeyEvent(kb.Enter))
			return
		}
	}
	b.t.Fatalf("Tab does not lead to %q on: %s", text, b.text())
}

func withoutJavaScript() chromedp.Action { return emulation.SetScriptExecutionDisabled(true) }

// A customer was deleted. Somebody who has never seen this finds the customer, and
// brings everything back; runs into a conflict; and removes something for good. By mouse
// alone, but for the word that confirms, and without JavaScript.
func TestWalkByMouse(t *testing.T) {
	b := openTab(t, demo(t))
	b.do(withoutJavaScript())
	b.open("")
	b.says("Rows in the trash", "Latest deletions", "closed the account")
	b.click("1 customers")
	b.says("Deleted from customers", "in the trash", "Finn Brandt", "4 in orders")
	b.do(chromedp.Click(`//summary[contains(., 'customers')]`, chromedp.BySearch))
	b.says("customer29@shop.example")
	b.click("Restore…")
	b.says("This brings back", "1 customers", "4 orders", "4 order_items")
	b.click("Restore 9 rows")
	b.says("9 rows came back.", "restored", "No row of it is deleted any more.")

	b.open("")
	b.do(chromedp.SendKeys(`input[name=row]`, "finn duval", chromedp.ByQuery))
	b.click("Find")
	b.says("asked to be forgotten")
	b.open("deletions")
	b.do(chromedp.SetValue(`select[name=state]`, "restorable", chromedp.ByQuery), chromedp.SendKeys(`input[name=reason]`, "forgotten", chromedp.ByQuery))
	b.click("Filter")
	b.says("asked to be forgotten")
	b.click("1 customers")
	b.click("Restore…")
	b.says("What is in the way", "customers 101 cannot come back: the live row customers 1001 has its key", "Gita Garcia")
	b.click("Back to the deletion")
	b.click("Purge…")
	b.says("This removes for good", "They cannot be brought back.")
	b.do(chromedp.SendKeys(`input[name=confirm]`, "purge", chromedp.ByQuery))
	b.click("Purge 1")
	b.says("removed for good.", "gone")
}

// Somebody deletes a customer in the shop, and brings it back from the trash.
func TestDeleteInTheShop(t *testing.T) {
	b := openTab(t, demo(t))
	b.do(withoutJavaScript())
	b.open("shop?q=customer12@")
	b.says("Customers", "12 Eva Fischer")
	b.click("Delete")
	b.says("Customer 12 was deleted, with all orders.")
	b.open("shop?q=customer12@")
	b.says("There is no such customer.")
	b.click("Trash")
	b.click("1 customers")
	b.says("deleted in the shop", "Eva Fischer")
	b.click("Restore…")
	b.click("Restore")
	b.says("came back.")
	b.open("shop?q=customer12@")
	b.says("12 Eva Fischer")
}

// The same with Tab and Enter only.
func TestWalkByKeyboard(t *testing.T) {
	b := openTab(t, demo(t))
	b.do(chromedp.EmulateViewport(1280, 900))
	b.open("")
	var first string
	b.do(chromedp.KeyEvent(kb.Tab), chromedp.Evaluate(`document.activeElement.textContent`, &first))
	if first != "Skip to the content" {
		t.Errorf("the first thing to reach is %q", first)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.press("1 customers")
	b.says("Deleted from customers")
	b.press("Restore…")
	b.says("This brings back")
	b.press("Restore 9 rows")
	b.says("9 rows came back.")
	b.press("Deletions")
	b.says("What", "State")
}

// look is one way to see a page.
type look struct {
	name   string
	width  int64
	scheme string
}

var looks = []look{{"wide, light", 1280, "light"}, {"wide, dark", 1280, "dark"}, {"narrow, light", 390, "light"}, {"narrow, dark", 390, "dark"}}

// as shows the page that way.
func (b *tab) as(l look, height int64) {
	b.t.Helper()
	b.do(
		emulation.SetDeviceMetricsOverride(l.width, height, 1, l.width < 500),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: l.scheme}}),
	)
}

// On every page, in every look: axe-core has nothing serious to say, and a phone need
// not be moved sideways.
func TestPagesAreAccessible(t *testing.T) {
	axe, err := os.ReadFile(filepath.Join(".axe", "package", "axe.min.js"))
	if err != nil {
		t.Fatalf("this test needs axe-core: run scripts/install.sh chromium: %v", err)
	}
	b := openTab(t, demo(t))
	b.do(page.SetBypassCSP(true))
	paths := b.deletions().paths()
	for _, path := range paths {
		for _, l := range []look{looks[0], looks[3]} { // between them they have all rules of the style
			b.as(l, 900)
			if strings.Contains(path, "nothing") {
				b.do(chromedp.Navigate(b.address + path))
			} else {
				b.open(path)
			}
			var overflow int
			var findings []string
			var passes int
			b.do(
				chromedp.Evaluate(`document.querySelectorAll('details').forEach(d => d.open = true), document.documentElement.scrollWidth - innerWidth`, &overflow),
				chromedp.Evaluate(string(axe)+"; 0", nil),
				chromedp.Evaluate(`axe.run().then(r => { window.result = r; return r.violations.filter(v => v.impact === 'serious' || v.impact === 'critical').flatMap(v => v.nodes.map(n => v.id + ': ' + n.html + ' ' + n.failureSummary)) })`, &findings,
					func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
				chromedp.Evaluate(`window.result.passes.length`, &passes),
			)
			if overflow > 0 {
				t.Errorf("%s, %s: %d pixels wider than the window", path, l.name, overflow)
			}
			for _, f := range findings {
				t.Errorf("%s, %s: %s", path, l.name, f)
			}
			if passes < 10 {
				t.Errorf("%s, %s: axe-core looked at %d things only", path, l.name, passes)
			}
		}
	}
}

// deletions are the ids of some that the demo has.
type deletions struct{ customer, held, conflict, restored, large string }

func (b *tab) deletions() deletions {
	b.t.Helper()
	b.open("deletions")
	find := func(reason string) (id string) {
		b.t.Helper()
		var href string
		b.do(chromedp.AttributeValue(fmt.Sprintf(`//tr[contains(., '%s')]//a`, reason), "href", &href, nil, chromedp.BySearch))
		if id = regexp.MustCompile(`[0-9a-f-]{36}`).FindString(href); id == "" {
			b.t.Fatalf("no deletion for %q", reason)
		}
		return id
	}
	return deletions{find("closed the account"), find("dispute"), find("asked to be forgotten"), find("wrong customer"), find("accounts of the old shop")}
}

// paths are one of each page, in each of its states.
func (d deletions) paths() []string {
	return []string{
		"", "?days=90", "deletions", "deletions?reason=nothing", "deletions?row=duval", "deletions?since=wrong", "deletions/" + d.customer, "deletions/" + d.held, "deletions/" + d.restored + "?done=restored&n=3", "deletions/" + d.large, "deletions/" + d.large + "?table=customers",
		"deletions/" + d.customer + "/rows?table=customers&key=29", "deletions/" + d.customer + "/restore", "deletions/" + d.customer + "/restore?table=orders&key=464", "deletions/" + d.conflict + "/restore", "deletions/" + d.customer + "/purge", "shop?deleted=3", "nothing",
	}
}

// The pictures of docs, written by -update. A picture that is there has to be one of
// the page as it is: of the same size, at least.
func TestPictures(t *testing.T) {
	b := openTab(t, demo(t))
	d := b.deletions()
	deletion, conflict := "deletions/"+d.customer, "deletions/"+d.conflict+"/restore"
	for _, p := range []struct {
		file, path, says string
		look             look
		height           int64
	}{
		{"trash.png", "", "Rows in the trash", looks[0], 1010},
		{"trash-deletion.png", deletion, "Deleted from customers", looks[0], 1010},
		{"trash-conflict.png", conflict, "What is in the way", looks[1], 760},
		{"trash-phone.png", deletion, "Deleted from customers", looks[2], 844},
		{"trash-phone-dark.png", "", "Rows in the trash", looks[3], 844},
	} {
		b.as(p.look, p.height)
		b.open(p.path)
		b.says(p.says)
		var picture []byte
		b.do(chromedp.CaptureScreenshot(&picture))
		file := filepath.Join("..", "docs", p.file)
		if *update {
			if err := os.WriteFile(file, smaller(t, picture), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		want, got := sizeOf(t, picture), sizeOf(t, kept)
		if want != got || len(kept) > 200_000 {
			t.Errorf("%s: %v in %d bytes, want %v in 200,000 at most; go test -run Pictures -update writes it anew", p.file, got, len(kept), want)
		}
	}
}

// smaller is a picture without what PNG can do without.
func smaller(t *testing.T, picture []byte) []byte {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	if b.Len() < len(picture) {
		return b.Bytes()
	}
	return picture
}

func sizeOf(t *testing.T, picture []byte) image.Point {
	t.Helper()
	config, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return image.Pt(config.Width, config.Height)
}
