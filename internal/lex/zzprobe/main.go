package main
import ("fmt";"os";"os/exec";"strconv";"strings";"runtime/debug"
pg "github.com/pganalyze/pg_query_go/v5"
"github.com/pganalyze/pg_query_go/v5/parser"
"google.golang.org/protobuf/proto"
"google.golang.org/protobuf/reflect/protoreflect")
var R=strings.Repeat
var shapes = map[string]func(n int)string{
"plus": func(n int)string{return "select 1"+R("+1",n)},
"parens": func(n int)string{return "select "+R("(",n)+"1"+R(")",n)},
"not": func(n int)string{return "select "+R("not ",n)+"true"},
"minus": func(n int)string{return "select "+R("- ",n)+"a"},
"minusnum": func(n int)string{return "select "+R("- ",n)+"1"},
"cast": func(n int)string{return "select a"+R("::int",n)},
"join": func(n int)string{return "select from a"+R(" cross join b",n)},
"joinon": func(n int)string{return "select from "+R("a join ",n)+"a"+R(" on true",n)},
"union": func(n int)string{return "select 1"+R(" union select 1",n)},
"case": func(n int)string{return "select "+R("case when ",n)+"a"+R(" then b end",n)},
"caseelse": func(n int)string{return "select "+R("case when a then b else ",n)+"a"+R(" end",n)},
"func": func(n int)string{return "select "+R("f(",n)+"a"+R(")",n)},
"sub": func(n int)string{return "select "+R("(select ",n)+"1"+R(")",n)},
"subplain": func(n int)string{return R("(",n)+"select 1"+R(")",n)},
"fromsub": func(n int)string{return R("select from (",n)+"select 1"+R(") x",n)},
"exists": func(n int)string{return "select "+R("exists(select ",n)+"1"+R(")",n)},
"in": func(n int)string{return "select "+R("a in (",n)+"1"+R(")",n)},
"array": func(n int)string{return "select "+R("array[",n)+"1"+R("]",n)},
"arraybr": func(n int)string{return "select array"+R("[",n)+"1"+R("]",n)},
"sublist": func(n int)string{return "select a"+R("[1]",n)},
"subnest": func(n int)string{return "select "+R("a[",n)+"1"+R("]",n)},
"parsub": func(n int)string{return "select "+R("(",n)+"a"+R(")[1]",n)},
"dots": func(n int)string{return "select a"+R(".a",n)},
"isnull": func(n int)string{return "select a"+R(" isnull",n)},
"collate": func(n int)string{return "select a"+R(" collate x",n)},
"attz": func(n int)string{return "select a"+R(" at time zone x",n)},
"betw": func(n int)string{return "select a"+R(" between b and c is null",n)},
"and": func(n int)string{return "select a"+R(" and a",n)},
"andor": func(n int)string{return "select a"+R(" and a or b",n)},
"andpar": func(n int)string{return "select "+R("a and (",n)+"b"+R(")",n)},
"andparleft": func(n int)string{return "select "+R("(",n)+"b"+R(" and a)",n)},
"andorpar": func(n int)string{return "select "+R("(",n)+"b"+R(" and a or b)",n)},
"row": func(n int)string{return "select "+R("row(",n)+"b"+R(")",n)},
"with": func(n int)string{return R("with x as (",n)+"select 1"+R(") select 1",n)},
"window": func(n int)string{return "select "+R("f() over (order by ",n)+"1"+R(")",n)},
"filter": func(n int)string{return "select "+R("f() filter (where ",n)+"a"+R(")",n)},
"typmod": func(n int)string{return "select "+R("a::x(",n)+"1"+R(")",n)},
"op": func(n int)string{return "select "+R("@ ",n)+"1"},
"oper": func(n int)string{return "select 1"+R(" operator(x.+) 1",n)},
"concat": func(n int)string{return "select a"+R("||'x'",n)},
"unionpar": func(n int)string{return R("(select 1 union ",n)+"select 1"+R(")",n)},
"json": func(n int)string{return "select "+R("json_object('a': ",n)+"1"+R(")",n)},
"jsonarr": func(n int)string{return "select "+R("json_array(",n)+"1"+R(")",n)},
"isjson": func(n int)string{return "select a"+R(" is json",n)},
"xml": func(n int)string{return "select "+R("xmlelement(name a, xmlattributes(",n)+"a"+R("))",n)},
"coalesce": func(n int)string{return "select "+R("coalesce(",n)+"a"+R(")",n)},
"grouping": func(n int)string{return "select a group by "+R("grouping sets(",n)+"a"+R(")",n)},
"explain": func(n int)string{return R("explain ",n)+"select 1"},
"schema": func(n int)string{return "create schema a "+R("create table a(b int) ",n)},
"prepare": func(n int)string{return R("prepare a as ",n)+"select 1"},
"inlist": func(n int)string{return "select a in (1"+R(",1",n)+")"},
"values": func(n int)string{return "values (1)"+R(",(1)",n)},
"ruledo": func(n int)string{return R("create rule a as on select to b do ",n)+"select 1"},
"setof": func(n int)string{return "select "+R("cast(",n)+"a"+R(" as int)",n)},
"like": func(n int)string{return "select "+R("a like ",n)+"b"},
"qual": func(n int)string{return "select "+R("a = any(",n)+"b"+R(")",n)},
"interval": func(n int)string{return "select a"+R("::interval day",n)},
"arrtype": func(n int)string{return "select a::int"+R("[]",n)},
}
func depth(m protoreflect.Message) int {
 d:=0
 m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
  if fd.Kind()!=protoreflect.MessageKind {return true}
  if fd.IsList() { l:=v.List(); for i:=0;i<l.Len();i++ { d=max(d,depth(l.Get(i).Message())) } } else { d=max(d,depth(v.Message())) }
  return true })
 return d+1
}
func main(){
 debug.SetMaxStack(4<<30)
 if len(os.Args)==3 {
  n,_:=strconv.Atoi(os.Args[2])
  b,err:=parser.ParseToProtobuf(shapes[os.Args[1]](n))
  if err!=nil { fmt.Println("ERR", err); return }
  var t pg.ParseResult
  err=proto.Unmarshal(b,&t)
  lim:="fits"
  if err!=nil {lim="goerr"}
  if err=(proto.UnmarshalOptions{RecursionLimit:10_000_000}).Unmarshal(b,&t); err!=nil { fmt.Println("UNM",err); return }
  fmt.Println("OK",depth(t.ProtoReflect()),lim)
  return
 }
 try:=func(s string,n int)(string,bool){ out,err:=exec.Command(os.Args[0],s,strconv.Itoa(n)).CombinedOutput(); if err!=nil { return "CRASH",true}; return strings.TrimSpace(string(out)),false }
 names:=os.Args[1:]
 if len(names)==0 { for k:=range shapes {names=append(names,k)} }
 for _,s:=range names {
  small,_:=try(s,100)
  lo,hi:=100,300000
  _,cr:=try(s,hi)
  if !cr { o,_:=try(s,hi); o2,_:=try(s,3000); fmt.Printf("%-10s n=100: %s | no crash at %d: %.60s | 3000: %.60s\n",s,small,hi,o,o2); continue }
  for hi-lo>lo/50 { mid:=(lo+hi)/2; if _,c:=try(s,mid);c {hi=mid} else {lo=mid} }
  o,_:=try(s,lo)
  fmt.Printf("%-10s n=100: %s | crash between %d and %d: last %.80s\n",s,small,lo,hi,o)
 }
}
