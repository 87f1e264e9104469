# acceptance.ps1: is jitgate on this Windows what its documentation says? See README.md. Run it elevated, at the console of
# a machine that may be broken. It has been written without a Windows at hand: where it is wrong, say so in the result.
#Requires -Version 5.1
#Requires -RunAsAdministrator
param(
    [string]$Prober = "",
    [string]$Msi = "",
    [string]$NewerMsi = "",
    [switch]$Continue,
    [switch]$Undo
)

$ErrorActionPreference = "Stop"
$PSNativeCommandUseErrorActionPreference = $false  # exit statuses are looked at here, in every version
$folder = Split-Path -Parent $MyInvocation.MyCommand.Path
$resultFile = Join-Path $folder "result.txt"
$filterFolder = Join-Path $folder "filters"
$data = Join-Path $env:ProgramData "jitgate"
$program = Join-Path $env:ProgramFiles "jitgate"
$jitgate = Join-Path $program "jitgate.exe"
$jitgated = Join-Path $program "jitgated.exe"
$subLayer = "6a697467-6174-4502-8f2b-510c7e93d416"
$provider = "6a697467-6174-4501-8f2b-510c7e93d416"
$policy = Join-Path $data "jitgate.yaml"
$keptPolicy = Join-Path $data "jitgate.yaml.before-acceptance"
$blockRule = "jitgate acceptance block"
. (Join-Path $folder "checks.ps1")

function Test-Install {
    [void](Save-Filters "00-before")
    if ($Msi -ne "") { Invoke-Installer "installation" $Msi "/i" }
    if (-not (Test-Path -LiteralPath $jitgated)) { throw "no ${jitgated}: install it, or give -Msi" }
    Write-Result ([string](& $jitgated --version))
    $service = Get-Service jitgate
    Confirm-That "it depends on BFE" (@($service.ServicesDependedOn | Where-Object { $_.Name -eq "BFE" }).Count -eq 1)
    Confirm-That "it runs" (Wait-Until 30 { Test-Running })
    Add-Result (& sc.exe qc jitgate)
    Add-Result (& sc.exe qfailure jitgate)
    Add-Result (& icacls.exe $data)
    $locks = Save-Filters "01-installed"
    Confirm-That "nothing is locked as installed" ($locks -eq 0)
    if ($locks -ne 0) { throw "this machine has locks of jitgate already, or netsh does not say: it is not one to try things on" }
}

function Test-Lock {
    Set-Policy "soft"
    Confirm-That "there are locks" ((Save-Filters "02-locked") -gt 0)
    Confirm-Seen "From the prober: no answer on TCP 3389 (probe.ps1), also over IPv6"
    Confirm-Seen "From the prober: no answer on UDP 3389 (probe.ps1 -Udp)"
    if (Get-NetTCPConnection -LocalPort 3389 -State Listen -ErrorAction SilentlyContinue) {
        $local = (Test-NetConnection -ComputerName 127.0.0.1 -Port 3389 -WarningAction SilentlyContinue).TcpTestSucceeded
        Confirm-That "loopback passes" $local
    } else {
        Write-Result "skipped loopback passes: Remote Desktop is not switched on here"
    }
}

function Test-Grant {
    $before = Save-Filters "03-before"
    $id = Request-Access "1h"
    Confirm-That "the grant is filters of our sublayer" ((Save-Filters "03-granted") -gt $before)
    Confirm-Seen "From the prober: connected on TCP 3389"
    Confirm-Seen "From another address than the prober's: no answer"
    Confirm-Seen "Open a Remote Desktop session from the prober (see in its connection details that it uses UDP). It works"
    & $jitgate revoke $id | Out-Host
    Confirm-That "the grant's filters are gone" (($before -ge 0) -and ((Save-Filters "04-revoked") -eq $before))
    Confirm-Seen "The session goes on for a minute after the revocation, and still uses UDP"
    Confirm-Seen "A second connection from the prober gets no answer"
}

function Test-Endings {
    $id = Request-Access "1h"
    & $jitgate revoke --terminate $id | Out-Host
    [void](Save-Filters "05-terminated")
    Confirm-Seen "The session has ended, or hangs, within ten seconds"
    Confirm-Seen "Start probe.ps1 -Until 90 on the prober"
    [void](Request-Access "1m")
    Write-Result "the grant ends a minute after this line"
    Confirm-Seen "The prober's last connection is within a second of the grant's end"
}

function Test-Kill {
    [void](Request-Access "1h")
    $killed = Get-ServiceProcess
    & taskkill.exe /F /PID $killed | Out-Host
    Confirm-That "process $killed was killed" (($killed -ne 0) -and ($LASTEXITCODE -eq 0))
    Confirm-That "locks are left after a kill" ((Save-Filters "07-killed") -gt 0)
    Confirm-That "the service is back by itself, as another process" (Wait-Until 30 { (Test-Running) -and ((Get-ServiceProcess) -notin 0, $killed) })
    [void](Save-Filters "07-back")
    Confirm-Seen "From the prober: connected again (the grant was restored)"
    Confirm-Seen "Request one minute, suspend jitgated.exe (Resource Monitor), wait two minutes: does the prober still connect? Remark what you see; resume it then"
}

# Windows may refuse to stop what protects it: then that is the result.
function Test-FilteringEngine {
    Confirm-Seen "Start probe.ps1 -Until 60 from an address WITHOUT a grant now"
    $others = @((Get-Service BFE).DependentServices | Where-Object { $_.Status -eq "Running" })
    try {
        Stop-Service BFE -Force
        [void](Save-Filters "09-bfe-stopped")
    } catch {
        Write-Result "remark  BFE does not stop: $($_.Exception.Message)"
    } finally {
        Start-Service BFE
        foreach ($one in $others) { Start-Service $one.Name -ErrorAction SilentlyContinue }
    }
    Confirm-That "the service runs again" (Wait-Until 30 { Test-Running })
    Confirm-That "the locks are there again" (Wait-Until 30 { (Save-Filters "09-bfe-back") -gt 0 })
    Confirm-Seen "No connection was made meanwhile"
}

function Test-Release {
    $before = Save-Filters "10-before"
    if ($before -le 0) { throw "there are no locks to be released, or netsh does not say" }
    & $jitgated --release --for 1m | Out-Host
    # Grants are left to the daemon's session, which nobody else may take them from.
    $after = Save-Filters "10-released"
    Confirm-That "the locks are gone" (($after -ge 0) -and ($after -lt $before))
    Confirm-Seen "From an address without a grant: connected"
    Confirm-That "they are back after the minute" (Wait-Until 90 { (Save-Filters "10-back") -ge $before })
}

function Test-Defender {
    try {
        New-NetFirewallRule -DisplayName $blockRule -Direction Inbound -Action Block -Protocol TCP -LocalPort 3389 | Out-Null
        [void](Request-Access "1h")
        Confirm-Seen "From the prober: no answer, in spite of the grant"
        $told = Wait-Until 90 { (& $jitgate status | Out-String) -match [regex]::Escape($blockRule) }
        Confirm-That "jitgate status names the rule '$blockRule'" $told
        Add-Result (& $jitgate status)
        Add-Result (& $jitgate doctor)
        Set-Policy "hard"
        Confirm-Seen "From the prober: connected now (grants: hard)"
    } finally {
        Get-NetFirewallRule -DisplayName $blockRule -ErrorAction SilentlyContinue | Remove-NetFirewallRule
    }
    Set-Policy "soft"
}

function Test-Reboot {
    Confirm-Seen "The prober's attempts over the whole reboot (from an address without a grant): none connected"
    Confirm-That "locks are there" ((Save-Filters "12-rebooted") -gt 0)
    Confirm-That "the service runs after the reboot" (Wait-Until 60 { Test-Running })
}

function Test-Upgrade {
    Confirm-Seen "Start probe.ps1 -Until 120 from an address WITHOUT a grant now"
    if ($NewerMsi -ne "") {
        Invoke-Installer "upgrade" $NewerMsi "/i"
    } else {
        Invoke-Installer "repair" $Msi "/fa"
    }
    Confirm-That "the locks are there after it" ((Save-Filters "13-upgraded") -gt 0)
    Confirm-That "the service runs" (Wait-Until 30 { Test-Running })
    $version = [string](& $jitgated --version)
    Write-Result $version
    Confirm-Seen "The prober connected never meanwhile"
    if ($NewerMsi -eq "") { return }
    $log = Join-Path $folder "downgrade.log"
    $run = Start-Process -FilePath "msiexec.exe" -ArgumentList "/i `"$Msi`" /qn /norestart /l*v `"$log`"" -Wait -PassThru
    Confirm-That "an older version is refused (got $($run.ExitCode), 1603 expected)" ($run.ExitCode -eq 1603)
    Confirm-That "and the newer one is still there" ([string](& $jitgated --version) -eq $version)
    Confirm-That "and the locks are there" ((Save-Filters "13-refused") -gt 0)
}

function Test-Removal {
    $installed = if ($NewerMsi -ne "") { $NewerMsi } else { $Msi }
    Invoke-Installer "removal" $installed "/x"
    Confirm-That "no filter of ours is left" ((Save-Filters "14-removed") -eq 0)
    Confirm-That "neither provider nor sublayer is left" (Test-NothingLeft "14")
    Confirm-That "the service is gone" ($null -eq (Get-Service jitgate -ErrorAction SilentlyContinue))
    Confirm-Seen "From the prober: connected"
}

# True: everything was asked, and the locks are to stand over the reboot.
function Invoke-FirstHalf {
    Write-Result "== 1 install"
    Test-Install | Out-Host  # without it there is nothing to go on with
    Invoke-Step "2 lock" { Test-Lock }
    Invoke-Step "3 grant, 4 revoke with a live session" { Test-Grant }
    Invoke-Step "5 terminate, 6 expiry" { Test-Endings }
    Invoke-Step "7 kill, 8 hang" { Test-Kill }
    Invoke-Step "9 BFE restart" { Test-FilteringEngine }
    Invoke-Step "10 somebody takes the locks away" { Test-Release }
    Invoke-Step "11 Defender" { Test-Defender }
    return (Read-Host "Reboot now, with 3389 locked, and go on with -Continue? [y]") -eq "y"
}

function Invoke-SecondHalf {
    Invoke-Step "12 reboot" { Test-Reboot }
    if ($Msi -eq "") {
        Write-Result "skipped 13 upgrade and 14 uninstall: no -Msi was given"
        return
    }
    Invoke-Step "13 upgrade" { Test-Upgrade }
    Invoke-Step "14 uninstall" { Test-Removal }
}

if ((-not $Undo) -and ($env:SESSIONNAME -like "RDP-*")) {
     throw "this is a session of Remote Desktop, which will be locked: use the console"
}
if ($Msi -ne "") { $Msi = (Resolve-Path -LiteralPath $Msi).ProviderPath }
if ($NewerMsi -ne "") { $NewerMsi = (Resolve-Path -LiteralPath $NewerMsi).ProviderPath }
New-Item -ItemType Directory -Force -Path $filterFolder | Out-Null
$encoding = [Console]::OutputEncoding
[Console]::OutputEncoding = [System.Text.Encoding]::UTF8  # what jitgate writes
$stays = $false  # the locks, over the reboot
try {
    if ($Undo) { return }
    if ($Continue) {
        Invoke-SecondHalf
        Write-Result "done; please send result.txt and the folder filters back"
    } else {
        if ($Prober -eq "") { throw "-Prober: the address of the host that knocks" }
        Set-Content -LiteralPath $resultFile -Value "jitgate acceptance, $(Get-Date -Format o)" -Encoding UTF8
        Write-Result ([System.Environment]::OSVersion.VersionString + ", PowerShell " + $PSVersionTable.PSVersion)
        $stays = Invoke-FirstHalf
        if ($stays) { Write-Result "start probe.ps1 -Until 600 from an address without a grant, reboot, and go on with -Continue; -Undo gives up" }
    }
} finally {
    if (-not $stays) { Undo-Acceptance }
    [Console]::OutputEncoding = $encoding
}
