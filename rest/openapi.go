package rest

import "errors"

func document(q *request) (*reply, error) { return nil, errors.New("not yet") }
