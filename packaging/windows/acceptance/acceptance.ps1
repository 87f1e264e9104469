# acceptance.ps1: is jitgate on this Windows what its documentation says? See README.md. Run it elevated, on a machine that
# may be broken. It has been written without a Windows at hand: where it is wrong, say so in the result.
param(
    [Parameter(Mandatory = $true)][string]$Prober,
    [string]$Msi = "",
    [switch]$Continue
)

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

function Write-Result([string]$text) {
    $line = "{0:HH:mm:ss} {1}" -f (Get-Date), $text
    Write-Host $line
    Add-Content -Path $resultFile -Value $line -Encoding UTF8
}

# What holds by itself.
function Confirm-That([string]$what, [bool]$holds) {
    if ($holds) { Write-Result "ok      $what" } else { Write-Result "NOT OK  $what" }
}

# What a person sees.
function Confirm-Seen([string]$what) {
    $answer = Read-Host "$what  [y = so, n = not so, s = skip, or a remark]"
    switch ($answer) {
        "y" { Write-Result "ok      $what" }
        "n" { Write-Result "NOT OK  $what" }
        "s" { Write-Result "skipped $what" }
        default { Write-Result "remark  $what : $answer" }
    }
}

# Every filter, boot-time ones too; the file is kept, and ours are counted.
function Save-Filters([string]$name) {
    $file = Join-Path $filterFolder "$name.xml"
    & netsh wfp show filters file="$file" verbose=on | Out-Null
    $ours = 0
    if (Test-Path $file) {
        $ours = @(Select-String -Path $file -Pattern "<subLayerKey>\{$subLayer\}" -AllMatches).Count
    }
    Write-Result "filters in our sublayer ($name): $ours"
    return $ours
}

function Set-Policy([string]$grants) {
    $text = @"
version: 1
policy:
  ports:
    - number: 3389
      protocol: "*"
      allowedSourceAddressPrefix: "*"
      maxRequestAccessDuration: PT3H
enforcement:
  backend: wfp
  existingRules: override
  grants: $grants
"@
    [System.IO.File]::WriteAllText($policy, $text)
    & $jitgated --check-config
    Confirm-That "the configuration with grants: $grants is accepted" ($LASTEXITCODE -eq 0)
    Restart-Service jitgate
    Start-Sleep -Seconds 5
}

function Request-Access([string]$duration) {
    & $jitgate request --port 3389 --source $Prober --duration $duration --justification acceptance | Out-Host
    Confirm-That "a request for $duration is granted" ($LASTEXITCODE -eq 0)
}

function Get-GrantId {
    $grants = & $jitgate grants --json | ConvertFrom-Json
    return @($grants)[0].id
}

function Test-Install {
    Write-Result "== 1 install"
    [void](Save-Filters "00-before")
    if ($Msi -ne "") {
        $log = Join-Path $folder "install.log"
        $run = Start-Process msiexec.exe -ArgumentList "/i `"$Msi`" /qn /l*v `"$log`"" -Wait -PassThru
        Confirm-That "the installer ends with 0 (got $($run.ExitCode))" ($run.ExitCode -eq 0)
    }
    $service = Get-Service jitgate -ErrorAction SilentlyContinue
    Confirm-That "the service is there" ($null -ne $service)
    if ($null -eq $service) { throw "no service, nothing to go on with" }
    Confirm-That "it depends on BFE" (@($service.ServicesDependedOn | Where-Object { $_.Name -eq "BFE" }).Count -eq 1)
    Confirm-That "it runs" ($service.Status -eq "Running")
    Add-Content -Path $resultFile -Value (& sc.exe qfailure jitgate)
    Add-Content -Path $resultFile -Value (& icacls.exe $data)
    Confirm-That "nothing is locked as installed" ((Save-Filters "01-installed") -eq 0)
}

function Test-LockAndGrant {
    Write-Result "== 2 lock"
    Set-Policy "soft"
    Confirm-That "there are locks" ((Save-Filters "02-locked") -gt 0)
    Confirm-Seen "From the prober: no answer on TCP 3389 (probe.ps1), also over IPv6"
    Confirm-Seen "From the prober: no answer on UDP 3389 (probe.ps1 -Udp)"
    $local = (Test-NetConnection -ComputerName 127.0.0.1 -Port 3389 -WarningAction SilentlyContinue).TcpTestSucceeded
    Confirm-That "loopback passes (Remote Desktop must be switched on here)" $local

    Write-Result "== 3 grant"
    Request-Access "1h"
    [void](Save-Filters "03-granted")
    Confirm-Seen "From the prober: connected on TCP 3389"
    Confirm-Seen "From another address than the prober's: no answer"

    Write-Result "== 4 revoke with a live session"
    Confirm-Seen "Open a Remote Desktop session from the prober (see in its connection details that it uses UDP). It works"
    $id = Get-GrantId
    & $jitgate revoke $id | Out-Host
    [void](Save-Filters "04-revoked")
    Confirm-Seen "The session goes on for a minute after the revocation, and still uses UDP"
    Confirm-Seen "A second connection from the prober gets no answer"

    Write-Result "== 5 terminate"
    Request-Access "1h"
    & $jitgate revoke (Get-GrantId) --terminate | Out-Host
    [void](Save-Filters "05-terminated")
    Confirm-Seen "The session has ended, or hangs, within ten seconds"

    Write-Result "== 6 expiry"
    Request-Access "1m"
    Confirm-Seen "From the prober with -Until 90: the last connection is within a second of the end"
}

function Test-Failures {
    Write-Result "== 7 kill"
    Request-Access "1h"
    & taskkill.exe /F /IM jitgated.exe | Out-Host
    $after = Save-Filters "07-killed"
    Confirm-That "locks are left after a kill" ($after -gt 0)
    Start-Sleep -Seconds 10
    Confirm-That "the service is back by itself" ((Get-Service jitgate).Status -eq "Running")
    [void](Save-Filters "07-back")
    Confirm-Seen "From the prober: connected again (the grant was restored)"

    Write-Result "== 8 hang"
    Confirm-Seen "Request one minute, suspend jitgated.exe (Resource Monitor), wait two minutes: does the prober still connect? Remark what you see; resume it then"

    Write-Result "== 9 BFE restart"
    Confirm-Seen "Start probe.ps1 -Until 60 from an address WITHOUT a grant now"
    Stop-Service BFE -Force
    [void](Save-Filters "09-bfe-stopped")
    Start-Service BFE
    Start-Service jitgate -ErrorAction SilentlyContinue
    Start-Sleep -Seconds 10
    [void](Save-Filters "09-bfe-back")
    Confirm-Seen "No connection was made meanwhile"

    Write-Result "== 10 somebody deletes a lock"
    Write-Result "skipped unless you have a tool that deletes filters by key; jitgated --release while it runs is one"
    & $jitgated --release --for 1m | Out-Host
    [void](Save-Filters "10-released")
    Start-Sleep -Seconds 75
    Confirm-That "the locks are back after the minute" ((Save-Filters "10-back") -gt 0)
}

function Test-Defender {
    Write-Result "== 11 Defender"
    New-NetFirewallRule -DisplayName "jitgate acceptance block" -Direction Inbound -Action Block -Protocol TCP -LocalPort 3389 | Out-Null
    Request-Access "1h"
    Confirm-Seen "From the prober: no answer, in spite of the grant"
    Start-Sleep -Seconds 35
    Add-Content -Path $resultFile -Value (& $jitgate status)
    Add-Content -Path $resultFile -Value (& $jitgate doctor)
    Confirm-Seen "jitgate status names the rule 'jitgate acceptance block'"
    Set-Policy "hard"
    Confirm-Seen "From the prober: connected now (grants: hard)"
    Remove-NetFirewallRule -DisplayName "jitgate acceptance block"
    Set-Policy "soft"
}

function Test-AfterReboot {
    Write-Result "== 12 reboot"
    Confirm-Seen "The prober's attempts over the whole reboot (from an address without a grant): none connected"
    [void](Save-Filters "12-rebooted")
    Confirm-That "the service runs after the reboot" ((Get-Service jitgate).Status -eq "Running")

    Write-Result "== 13 upgrade"
    if ($Msi -ne "") {
        $run = Start-Process msiexec.exe -ArgumentList "/fa `"$Msi`" /qn" -Wait -PassThru
        Confirm-That "a repair ends with 0 (got $($run.ExitCode))" ($run.ExitCode -eq 0)
        Confirm-That "the locks are there after it" ((Save-Filters "13-repaired") -gt 0)
        Confirm-Seen "If you have a newer .msi: install it now; the prober gets no answer meanwhile"

        Write-Result "== 14 uninstall"
        $run = Start-Process msiexec.exe -ArgumentList "/x `"$Msi`" /qn" -Wait -PassThru
        Confirm-That "the removal ends with 0 (got $($run.ExitCode))" ($run.ExitCode -eq 0)
        Confirm-That "no filter of ours is left" ((Save-Filters "14-removed") -eq 0)
        $state = Join-Path $filterFolder "14-state.xml"
        & netsh wfp show state file="$state" | Out-Null
        $left = @(Select-String -Path $state -Pattern "$provider|$subLayer").Count
        Confirm-That "neither provider nor sublayer is left" ($left -eq 0)
        Confirm-That "the service is gone" ($null -eq (Get-Service jitgate -ErrorAction SilentlyContinue))
        Confirm-Seen "From the prober: connected"
    }
}

New-Item -ItemType Directory -Force -Path $filterFolder | Out-Null
if (-not $Continue) {
    Set-Content -Path $resultFile -Value "jitgate acceptance, $(Get-Date -Format o)" -Encoding UTF8
    Write-Result ([System.Environment]::OSVersion.VersionString)
    Test-Install
    Write-Result (& $jitgated --version)
    Test-LockAndGrant
    Test-Failures
    Test-Defender
    Write-Result "Start probe.ps1 -Until 600 from an address without a grant, reboot this machine, and go on with -Continue"
} else {
    Test-AfterReboot
    Write-Result "done; please send result.txt and the folder filters back"
}
