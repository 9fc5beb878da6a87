// SPDX-License-Identifier: GPL-3.0-or-later
// qmp_client.go SOCKET - plugs a DIMM in and out with go-qemu, a client library that others wrote for QEMU

package main

import (
	"fmt"
	"log"
	"os"
	"time"

	"github.com/digitalocean/go-qemu/qemu"
	"github.com/digitalocean/go-qemu/qmp"
	"github.com/digitalocean/go-qemu/qmp/raw"
)

func run(m qmp.Monitor, command string) {
	if _, err := m.Run([]byte(command)); err != nil {
		log.Fatal(command, ": ", err)
	}
}

func main() {
	m, err := qmp.NewSocketMonitor("unix", os.Args[1], 5*time.Second)
	if err != nil {
		log.Fatal(err)
	}
	if err := m.Connect(); err != nil {
		log.Fatal(err)
	}
	guest, err := qemu.NewDomain(m, "guest")
	if err != nil {
		log.Fatal(err)
	}
	status, err := guest.Status()
	if err != nil || status != qemu.StatusPreLaunch {
		log.Fatal(status, err)
	}
	if _, err := m.Run([]byte(`{"execute":"nonsense"}`)); err == nil {
		log.Fatal("nonsense was done")
	}
	run(m, `{"execute":"object-add","arguments":{"qom-type":"memory-backend-ram","id":"mem1","size":134217728}}`)
	run(m, `{"execute":"device_add","arguments":{"driver":"pc-dimm","id":"dimm1","memdev":"mem1"}}`)
	devices, err := raw.NewMonitor(m).QueryMemoryDevices()
	if err != nil || len(devices) != 1 {
		log.Fatal(devices, err)
	}
	fmt.Printf("%d devices", len(devices))
	if d, ok := devices[0].(raw.MemoryDeviceInfoDimm); ok {
		fmt.Printf(", %s at 0x%x", *d.ID, d.Addr)
	}
	fmt.Println()
	run(m, `{"execute":"device_del","arguments":{"id":"dimm1"}}`)
	run(m, `{"execute":"object-del","arguments":{"id":"mem1"}}`)
	run(m, `{"execute":"quit"}`)
}
