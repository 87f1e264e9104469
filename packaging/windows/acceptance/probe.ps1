# probe.ps1 -Target ADDRESS -Port NUMBER [-Until SECONDS] [-Udp]: does somebody answer? Run it on another host than the one
# that is locked. With -Until it goes on for so long, and prints the time of each connection that was made.
#Requires -Version 5.1
param(
    [Parameter(Mandatory = $true)][System.Net.IPAddress]$Target,
    [int]$Port = 3389,
    [int]$Until = 0,
    [switch]$Udp
)

$ErrorActionPreference = "Stop"
$patience = 3000  # ms for an answer

function Test-Tcp {
    $client = New-Object System.Net.Sockets.TcpClient($Target.AddressFamily)
    try {
        $wait = $client.BeginConnect($Target, $Port, $null, $null)
        if (-not $wait.AsyncWaitHandle.WaitOne($patience)) { return "no answer" }
        $client.EndConnect($wait)
        return "connected"
    } catch {
        return "refused: " + $_.Exception.GetBaseException().Message
    } finally {
        $client.Close()
    }
}

# The first datagram of Remote Desktop over UDP (MS-RDPEUDP 2.2.2.1: SYN): a server that is open answers it.
function Test-Udp {
    $client = New-Object System.Net.Sockets.UdpClient($Target.AddressFamily)
    try {
        $client.Client.ReceiveTimeout = $patience
        $client.Connect($Target, $Port)
        $syn = New-Object byte[] 1232
        [byte[]]$head = 0xff, 0xff, 0xff, 0xff, 0x00, 0x40, 0x00, 0x01, 0x12, 0x34, 0x56, 0x78, 0x04, 0xd0, 0x04, 0xd0
        $head.CopyTo($syn, 0)
        [void]$client.Send($syn, $syn.Length)
        $from = New-Object System.Net.IPEndPoint([System.Net.IPAddress]::Any, 0)
        if ($Target.AddressFamily -eq [System.Net.Sockets.AddressFamily]::InterNetworkV6) {
            $from = New-Object System.Net.IPEndPoint([System.Net.IPAddress]::IPv6Any, 0)
        }
        [void]$client.Receive([ref]$from)
        return "connected"
    } catch {
        return "no answer"
    } finally {
        $client.Close()
    }
}

function Test-Once { if ($Udp) { Test-Udp } else { Test-Tcp } }

if ($Until -eq 0) {
    Test-Once
    return
}
$end = (Get-Date).AddSeconds($Until)
$tried = 0
$made = 0
while ((Get-Date) -lt $end) {
    $tried++
    if ((Test-Once) -eq "connected") {
        $made++
        "{0:o} connected" -f (Get-Date)
    }
    Start-Sleep -Milliseconds 50  # a port that refuses would otherwise keep the processor busy
}
"$tried attempts, $made connected"
