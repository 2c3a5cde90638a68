package softdelete

var usersPolicy = Policy{Tables: []Table{{Name: "users"}}}
