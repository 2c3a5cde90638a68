// Package browser is tests only: a real Chromium goes through the pages of package trash
// with and without JavaScript, by mouse and by keyboard, wide and narrow, light and
// dark. axe-core looks for what keeps people from using them.
//
// The shop is that of "softdelete demo --serve". Chromium and axe-core are installed by
// "make test"; without them the tests fail.
package browser
