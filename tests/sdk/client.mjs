// One call of the official SDK: node client.mjs ENDPOINT TOKEN CALL [ARGUMENT...]. Prints what the SDK made of the answer
// as JSON, or {"error": {code, status, message}}.
import { SecurityCenter } from "@azure/arm-security";

const [endpoint, token, call, ...rest] = process.argv.slice(2);
const subscription = "20ff7fc3-e762-44dd-bd96-b71116dcdc23";
const group = "myRg1";
const region = "West Europe";
const machine = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Compute/virtualMachines/`;

const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3600e3 }) };
const policies = new SecurityCenter(credential, subscription, { endpoint }).jitNetworkAccessPolicies;

async function all(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

// HOST PORT SECONDS [SOURCE]
function request(host, number, seconds, source) {
  const port = { number: Number(number), endTimeUtc: new Date(Date.now() + Number(seconds) * 1000) };
  if (source) port.allowedSourceAddressPrefix = source;
  return { virtualMachines: [{ id: machine + host, ports: [port] }], justification: "testing" };
}

const calls = {
  list: () => all(policies.list()),
  listByRegion: () => all(policies.listByRegion(region)),
  listByResourceGroup: () => all(policies.listByResourceGroup(group)),
  listByResourceGroupAndRegion: () => all(policies.listByResourceGroupAndRegion(group, region)),
  get: (name) => policies.get(group, region, name),
  initiate: (name, ...what) => policies.initiate(group, region, name, request(...what)),
  put: (name, host) =>
    policies.createOrUpdate(group, region, name, {
      kind: "Basic",
      virtualMachines: [
        { id: machine + host, ports: [{ number: 22, protocol: "TCP", allowedSourceAddressPrefix: "*", maxRequestAccessDuration: "PT3H" }] },
      ],
    }),
  delete: (name) => policies.delete(group, region, name),
};

try {
  console.log(JSON.stringify((await calls[call](...rest)) ?? null));
} catch (error) {
  console.log(JSON.stringify({ error: { code: error.code, status: error.statusCode, message: error.message } }));
}
