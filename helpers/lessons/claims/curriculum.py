"""The terms that the course owes its reader: those the article names, with their ids, in both languages."""

from __future__ import annotations

from typing import NamedTuple


class Row(NamedTuple):
    """A term of the article. A code cell of the course that carries the id as a tag has met it."""

    id: str
    english: str
    chinese: str
    clause: str
    """What it is, in a few words."""
    article: str = ""
    """The article's own name, where it differs."""


ROWS = tuple(
    map(
        Row._make,
        (
            ("T01", "pipe", "管道", "bytes in one direction, between processes that have its descriptors", ""),
            ("T02", "FIFO", "命名管道", "a pipe with a name in the file system", ""),
            ("T03", "message queue", "消息队列", "messages with boundaries, kept by the kernel until read", ""),
            ("T04", "mutex", "互斥量", "a lock that one thread or process holds at a time", ""),
            ("T05", "condition variable", "条件变量", "wait, with a mutex, until another says that things changed", ""),
            ("T06", "read-write lock", "读写锁", "many readers at once, or one writer", ""),
            ("T07", "file lock, record lock", "文件锁, 记录锁", "a lock on a file, or on some of its bytes",
             "文件和写记录锁"),
            ("T08", "semaphore", "信号量", "a counter: at 0 the next one waits", ""),
            ("T09", "anonymous shared memory", "匿名共享内存", "pages without a name, shared by fork()", ""),
            ("T10", "named shared memory", "具名共享内存", "pages that unrelated processes find by a name", ""),
            ("T11", "door", "门", "a call of a function in another process, on Solaris", "Solaris门"),
            ("T12", "remote procedure call, RPC", "远程过程调用", "a call that another process carries out", "Sun RPC"),
            ("T13", "process id, PID", "进程号", "a number of a process, in one PID namespace, while it exists", "PID"),
            ("T14", "IP address", "IP 地址", "what packets are addressed to: an interface of a host", "ip地址"),
            ("T15", "protocol and port", "协议, 端口", "which transport, and which of a host's sockets", "协议+端口"),
            ("T16", "triple", "三元组", "address, protocol and port: one endpoint", "三元组(ip地址,协议,端口)"),
            ("T17", "BSD sockets", "BSD 套接字", "the calls socket(), bind(), ..., from 4.2BSD", "BSD的套接字"),
            ("T18", "Transport Layer Interface, TLI", "传输层接口", "System V's other interface; Linux has none of it",
             "UNIX System V的TLI"),
            ("T19", "four layers", "四个抽象层", "link, internet, transport, application (RFC 1122)", ""),
            ("T20", "OSI model", "开放式系统互联", "seven layers of a reference model", ""),
            ("T21", "TFTP", "简单文件传输协议", "a file in blocks over UDP, each acknowledged", ""),
            ("T22", "HTTP", "超文本传输协议", "a request and a response, as text, over TCP", ""),
            ("T23", "SNMP", "简单网络管理协议", "ask a device for values by their object identifiers", ""),
            ("T24", "FTP", "文件传输协议", "commands on one connection, files on another", ""),
            ("T25", "SMTP", "简单邮件传输协议", "hand a mail over to a server", ""),
            ("T26", "DNS", "域名系统", "names to addresses, asked over UDP or TCP", ""),
            ("T27", "Telnet", "远程登录", "a terminal over TCP", ""),
            ("T28", "TCP", "传输控制协议", "a reliable byte stream between two endpoints", ""),
            ("T29", "UDP", "用户数据报协议", "single datagrams, with ports and a checksum", ""),
            ("T30", "IP", "网际协议", "carries packets from host to host", ""),
            ("T31", "ICMP", "互联网控制报文协议", "errors and questions about the network, inside IP packets", ""),
            ("T32", "OSPF", "开放最短路径优先", "routers tell each other their links; IP protocol 89", ""),
            ("T33", "EIGRP", "增强内部网关路由协议", "routers tell each other distances; IP protocol 88", ""),
            ("T34", "IGMP", "互联网组管理协议", "a host says to which multicast groups it listens", ""),
            ("T35", "SLIP", "串行线路网际协议", "IP packets on a serial line, with an end mark", ""),
            ("T36", "CSLIP", "压缩串行线路网际协议", "SLIP with compressed TCP/IP headers", ""),
            ("T37", "PPP", "点对点协议", "frames with a check sequence on a serial line", ""),
            ("T38", "MTU, maximum transmission unit", "最大传输单元", "a size: the longest packet of a link", ""),
            ("T39", "socket", "套接字", "an endpoint that a program has a descriptor of", ""),
            ("T40", "everything is a file", "一切皆文件", "open, read and write, close: for descriptors of all kinds",
             "打开—读/写—关闭"),
            ("T41", "socket(), by the server", "服务器创建套接字", "step 1: a descriptor, no address yet", ""),
            ("T42", "bind(), by the server", "绑定端口", "step 2: the socket gets its address and port", ""),
            ("T43", "listen(), by the server", "监听端口", "step 3: from now on the kernel completes handshakes", ""),
            ("T44", "socket(), by the client", "客户端创建套接字", "step 4: the other end's descriptor", ""),
            ("T45", "connect(), by the client", "客户端发起连接", "step 5: the kernel sends a SYN and waits", ""),
            ("T46", "request received", "服务器收到请求", "step 6: the server's kernel answers, no call is needed", ""),
            ("T47", "client connected", "客户端连接成功", "step 7: connect() returns", ""),
            ("T48", "accept() returns", "接受连接", "step 8: a new descriptor for a finished connection", ""),
            ("T49", "client writes", "客户端写入", "step 9: bytes into the kernel's send queue", ""),
            ("T50", "server reads", "服务器读取", "step 10: bytes out of the kernel's receive queue", ""),
            ("T51", "client closes", "客户端关闭", "step 11: its FIN", ""),
            ("T52", "server closes", "服务器关闭", "step 12: the other FIN", ""),
            ("T53", "SYN", "同步报文", "first segment: the client's initial sequence number j", "syn=j"),
            ("T54", "SYN ACK", "同步确认报文", "second segment: the server's number k; j+1 awaited", "syn=k, ack=j+1"),
            ("T55", "ACK", "确认报文", "third segment: k+1 awaited", "ack=k+1"),
            ("T56", "SYN-SENT", "同步已发送", "the client has sent its SYN and waits", "SYN_SEND"),
            ("T57", "SYN-RECEIVED", "同步收到", "the server has answered a SYN and waits for the ACK", "SYN_RECV"),
            ("T58", "ESTABLISHED", "已建立", "the connection is open, for this end", ""),
            ("T59", "state", "状态", "where one end of a TCP connection stands: eleven of them", ""),
            ("T60", "figures 6 to 13 of RFC 9293", "RFC 9293 图例", "eight conversations, each state by state", ""),
            ("T61", "AF_INET", "IPv4 协议域", "a 32-bit address and a 16-bit port", ""),
            ("T62", "AF_INET6", "IPv6 协议域", "a 128-bit address, a port, flow and scope", ""),
            ("T63", "AF_UNIX", "Unix 域", "a path name, an abstract one or none; one machine", "AF_UNIX, AF_LOCAL"),
            ("T64", "AF_ROUTE", "路由域", "messages about routes; on Linux another name for AF_NETLINK", ""),
            ("T65", "SOCK_STREAM", "字节流", "bytes in order, no boundaries", ""),
            ("T66", "SOCK_DGRAM", "数据报", "single messages", ""),
            ("T67", "SOCK_RAW", "原始套接字", "the program writes the transport header itself", ""),
            ("T68", "SOCK_PACKET", "分组套接字", "frames of a link; replaced by AF_PACKET", ""),
            ("T69", "SOCK_SEQPACKET", "有序分组", "messages in order on a connection", ""),
            ("T70", "IPPROTO_TCP", "TCP 协议号", "6: the only stream protocol everywhere", ""),
            ("T71", "IPPROTO_UDP", "UDP 协议号", "17: UDP", "IPPTOTO_UDP"),
            ("T72", "IPPROTO_SCTP", "流控制传输协议", "132: SCTP, where the kernel has it", "STCP传输协议"),
            ("T73", "TIPC", "透明进程间通信", "a family, AF_TIPC; IPPROTO_TIPC does not exist", "IPPROTO_TIPC"),
            ("T74", "bind()", "绑定", "gives a socket its own address", ""),
            ("T75", "listen()", "监听", "makes it a listener with a queue of some length", ""),
            ("T76", "connect()", "连接", "names the peer; on TCP, the handshake", ""),
            ("T77", "accept()", "接受", "takes a connection from the listener's queue", ""),
            ("T78", "close()", "关闭", "gives a descriptor back; the last one ends the socket", ""),
            ("T79", "read(), write()", "读, 写", "the calls of all descriptors", ""),
            ("T80", "recv(), send()", "接收, 发送", "the same with flags", ""),
            ("T81", "readv(), writev()", "分散读, 集中写", "several buffers in one call", ""),
            ("T82", "recvmsg(), sendmsg()", "收发消息", "buffers, address, flags and ancillary data", ""),
            ("T83", "recvfrom(), sendto()", "带地址的收发", "with the peer's address", ""),
            ("T84", "worked example", "完整示例", "a client and a server that grow to a chat", "socket实例"),
        ),
    )
)  # fmt: skip
