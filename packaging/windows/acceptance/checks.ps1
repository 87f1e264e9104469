# checks.ps1: how acceptance.ps1 asks, waits, and writes down; it brings $folder, $jitgate and the other names of places.

# Every line of the result goes through here: one encoding for all of it, and results of programs beside ours.
function Add-Result([string[]]$lines) {
    Add-Content -LiteralPath $resultFile -Value $lines -Encoding UTF8
}

function Write-Result([string]$text) {
    $line = "{0:HH:mm:ss} {1}" -f (Get-Date), $text
    Write-Host $line
    Add-Result $line
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

# One that fails is written down, and the next one is tried.
function Invoke-Step([string]$title, [scriptblock]$step) {
    Write-Result "== $title"
    try {
        & $step | Out-Host
    } catch {
        Write-Result "NOT OK  $title went no further: $($_.Exception.Message) ($($_.InvocationInfo.PositionMessage))"
    }
}

# True as soon as the condition holds.
function Wait-Until([int]$seconds, [scriptblock]$condition) {
    $end = (Get-Date).AddSeconds($seconds)
    do {
        if (& $condition) { return $true }
        Start-Sleep -Milliseconds 500
    } while ((Get-Date) -lt $end)
    return $false
}

# What the engine holds, in files that are kept; the answer is how many filters are ours, -1 where netsh told nothing.
# Whether it lists boot-time filters is one of the things to be learnt.
function Save-Filters([string]$name) {
    $file = Join-Path $filterFolder "$name.xml"
    $boot = Join-Path $filterFolder "$name-boot.xml"
    Remove-Item -LiteralPath $file, $boot -ErrorAction SilentlyContinue
    & netsh.exe wfp show filters "file=$file" verbose=on | Out-Null
    & netsh.exe wfp show boottimepolicy "file=$boot" | Out-Null
    if (-not (Test-Path -LiteralPath $file)) {
        Write-Result "filters in our sublayer ($name): netsh did not say"
        return -1
    }
    $ours = @(Select-String -LiteralPath $file -Pattern "<subLayerKey>\{$subLayer\}").Count
    Write-Result "filters in our sublayer ($name): $ours"
    return $ours
}

# Neither its own nor its name is left anywhere in the engine.
function Test-NothingLeft([string]$name) {
    $state = Join-Path $filterFolder "$name-state.xml"
    Remove-Item -LiteralPath $state -ErrorAction SilentlyContinue
    & netsh.exe wfp show state "file=$state" | Out-Null
    if (-not (Test-Path -LiteralPath $state)) { return $false }
    return @(Select-String -LiteralPath $state -Pattern "$provider|$subLayer").Count -eq 0
}

# 0: it does not run.
function Get-ServiceProcess {
    $service = Get-CimInstance Win32_Service -Filter "Name='jitgate'"
    if ($null -eq $service) { return 0 }
    return [int]$service.ProcessId
}

function Test-Running {
    $service = Get-Service jitgate -ErrorAction SilentlyContinue
    return ($null -ne $service) -and ($service.Status -eq "Running")
}

function Get-BriefStatus { return (& $jitgate status --brief | Out-String).Trim() }

# Puts up the policy that is tried, and keeps the one that was there for Undo-Acceptance.
function Set-Policy([string]$grants) {
    if (-not (Test-Path -LiteralPath $keptPolicy)) { Copy-Item -LiteralPath $policy -Destination $keptPolicy }
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
    [System.IO.File]::WriteAllText($policy, $text)  # UTF-8 without a mark, in every version
    & $jitgated --check-config | Out-Host
    Confirm-That "the configuration with grants: $grants is accepted" ($LASTEXITCODE -eq 0)
    Restart-Service jitgate
    $locked = Wait-Until 30 { (Get-BriefStatus) -match "in sync: 1 of 1 ports locked" }
    Confirm-That "port 3389 is locked, says jitgate" $locked
}

# The id of the grant.
function Request-Access([string]$duration) {
    $answer = & $jitgate --json request --port 3389 --source $Prober --duration $duration --justification acceptance
    Confirm-That "a request for $duration is granted" ($LASTEXITCODE -eq 0)
    if ($LASTEXITCODE -ne 0) { throw "no grant, nothing to look at" }
    return ($answer | Out-String | ConvertFrom-Json).id
}

# The exit status of msiexec; 3010 asks for a reboot, and is success too.
function Invoke-Installer([string]$what, [string]$package, [string]$option) {
    $log = Join-Path $folder "$what.log"
    $run = Start-Process -FilePath "msiexec.exe" -ArgumentList "$option `"$package`" /qn /norestart /l*v `"$log`"" -Wait -PassThru
    Confirm-That "the ${what} ends with 0 or 3010 (got $($run.ExitCode))" ($run.ExitCode -in 0, 3010)
}

# The machine as it was before: without the locks and the rule that were tried. What was not tried is not undone. Whatever of
# it fails, the rest is done.
function Undo-Acceptance {
    $ErrorActionPreference = "Continue"
    Get-NetFirewallRule -DisplayName $blockRule -ErrorAction SilentlyContinue | Remove-NetFirewallRule
    if (-not (Test-Path -LiteralPath $keptPolicy)) { return }
    [System.IO.File]::WriteAllText($policy, [System.IO.File]::ReadAllText($keptPolicy))
    if ($null -ne (Get-Service jitgate -ErrorAction SilentlyContinue)) {
        Restart-Service jitgate
        if (Wait-Until 30 { (Save-Filters "99-undone") -eq 0 }) {
            Write-Result "undone: the policy is the one that was there before, and nothing is locked"
        } else {
            # A service that runs would lock again.
            Set-Service jitgate -StartupType Disabled
            Stop-Service jitgate
            & $jitgated --release | Out-Host
            Write-Result "NOT OK  locks were left with the policy of before: they are released, the service is stopped and disabled"
        }
    }
    Remove-Item -LiteralPath $keptPolicy
}
