// The contract of POST /compute as an old client relies on it. The goals and the variables come from the test that
// starts this file: recipient 9 has the grants 4 and 5, recipient 10 the grant 6.

import assert from 'node:assert/strict';
import test from 'node:test';

import { compute, groupsByGrant, nudge, Refused } from './client.js';

const place = { endpoint: process.env.SIMILARITY_ENDPOINT, key: process.env.SIMILARITY_API_KEY };
const narrow = { ...place, key: process.env.NARROW_API_KEY };

test('a pair of goals of one grant is a group, and goals of two grants are not', async () => {
  assert.deepEqual(await groupsByGrant(9, 0.9, place), [[1, 2, 3], [11, 12]]);
});

test('the keeper of a cluster leads it, and nothing is in it twice', async () => {
  const { result } = await compute({ recipient_id: 9, cluster: true }, place);
  for (const { id, name, matches } of result) {
    assert.equal(matches[0].id, id);
    assert.equal(matches[0].name, name);
    assert.equal(new Set(matches.map((match) => match.id)).size, matches.length);
    for (const match of matches) assert.deepEqual(Object.keys(match).sort(), ['grantId', 'id', 'name', 'similarity']);
  }
});

test('of three goals that are the same there are three pairs, each goal with its own grant', async () => {
  const { result } = await compute({ recipient_id: 9, alpha: 0.9 }, place);
  const pairs = result.map(({ goal1, goal2 }) => [goal1.id, goal2.id].sort((a, b) => a - b));
  assert.deepEqual(pairs.sort(), [[1, 2], [1, 3], [11, 12], [2, 3]]);
  for (const { goal1, goal2, similarity } of result) {
    assert.equal(goal1.grantId, goal2.grantId);
    assert.ok([4, 5].includes(goal1.grantId));
    assert.ok(similarity >= 0.9 && similarity <= 1);
  }
});

test('a text finds goals of all grants of a recipient, and templates, the most similar first', async () => {
  const found = await nudge(9, 'All teaching staff are trained on safe sleep practices', place);
  assert.ok(found.length >= 4);
  assert.ok(found.every((one, at) => at === 0 || found[at - 1].similarity >= one.similarity));
  assert.deepEqual(new Set(found.map(({ goal }) => goal.grantId)), new Set([4, 5, null]));
  const [template] = found.filter(({ goal }) => goal.isTemplate);
  assert.deepEqual(template.goal, { id: 900, name: template.goal.name, grantId: null, isTemplate: true });
  const { result } = await compute({ recipient_id: 9, text: template.goal.name, alpha: 0.5 }, place);
  assert.ok(result.every(({ goal }) => !goal.isTemplate));
});

test('two texts are compared', async () => {
  assert.deepEqual(await compute({ text_1: 'ENHANCE practice ', text_2: 'enhance practice.' }, place), { similarity: 1 });
  const { similarity } = await compute({ text_1: 'Hire 3 teachers', text_2: 'Hire 30 bus drivers' }, place);
  assert.ok(similarity < 0.5);
});

test('a recipient without goals has an empty result in every form', async () => {
  for (const more of [{}, { cluster: true }, { text: 'Train staff' }]) {
    assert.deepEqual(await compute({ recipient_id: 77, ...more }, place), { result: [] });
  }
});

test('a key for one grant sees nothing of the others', async () => {
  const { result } = await compute({ recipient_id: 9, cluster: true }, narrow);
  assert.deepEqual(result.map(({ matches }) => matches.map((match) => match.id).sort()), [[11, 12]]);
  assert.deepEqual(await compute({ recipient_id: 10, cluster: true }, narrow), { result: [] });
  const found = await nudge(9, 'All teaching staff are trained on safe sleep practices', narrow);
  assert.deepEqual(new Set(found.map(({ goal }) => goal.grantId)), new Set([5]));
});

test('errors are JSON with a status that says so, and a message under error', async () => {
  const refused = (status, error) => (thrown) =>
    thrown instanceof Refused && thrown.status === status && typeof thrown.message === 'string' && error.test(thrown.message);
  await assert.rejects(compute({}, place), refused(400, /^recipient_id not provided$/));
  await assert.rejects(compute({ text_1: 'one' }, place), refused(400, /recipient_id not provided/));
  await assert.rejects(compute({ recipient_id: 9 }, { ...place, key: 'wrong' }), refused(401, /key/));
  for (const wrong of [{ alpha: '0.9' }, { alpha: -1 }, { alpha: 2 }, { text: null }, { cluster: 'yes' }, { other: 1 }]) {
    await assert.rejects(compute({ recipient_id: 9, ...wrong }, place), refused(422, /contract/), JSON.stringify(wrong));
  }
  await assert.rejects(compute({ recipient_id: 9, text: 'x'.repeat(70_000) }, place), refused(413, /bytes/));
  await assert.rejects(compute({ recipient_id: [9] }, place), refused(422, /contract/));
});
