// A client of the Hub's first similarity service, with nothing but what Node has.

export class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function compute(body, { endpoint, key }) {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-API-KEY': key },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer.error);
  return answer;
}

// Groups of a recipient's goals as the Hub came to show them: what 'matches' names, grant by grant, two goals at least.
export async function groupsByGrant(recipientId, alpha, place) {
  const { result } = await compute({ recipient_id: recipientId, cluster: true, alpha }, place);
  return result.flatMap(({ matches }) => {
    const grants = new Map();
    for (const { id, grantId } of matches) grants.set(grantId, [...(grants.get(grantId) ?? []), id]);
    return [...grants.values()].filter((ids) => ids.length > 1).map((ids) => ids.sort((a, b) => a - b));
  });
}

// What the goal form asks while somebody types: the fewer words, the looser.
export async function nudge(recipientId, text, place) {
  const alpha = Math.min(0.9, Math.max(0.5, text.split(' ').length / 10));
  const body = { recipient_id: recipientId, text, alpha, include_curated_templates: true };
  return (await compute(body, place)).result;
}
