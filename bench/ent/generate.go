// The generated code is checked in, as users of Ent do. Its command's own dependencies
// are not in go.mod, so that it is made anew by
//
//	GOFLAGS=-mod=mod go generate ./ent && go mod tidy
package ent

//go:generate go run entgo.io/ent/cmd/ent generate --feature intercept,sql/upsert,sql/modifier ./schema
