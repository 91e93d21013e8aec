// An identity provider for the tests, on 127.0.0.1. Whoever types a name and any password is that person; what follows
// the name are further claims: 'ann@example.gov;roles=reviewer;scopes=own,other'.
import Provider from 'oidc-provider';

const { PORT, REDIRECT, LOGGED_OUT, CLIENT_KEYS, CLAIMS_IN_TOKEN } = process.env;
const common = { redirect_uris: [REDIRECT], post_logout_redirect_uris: [LOGGED_OUT] };

function claimsOf(id) {
  const [name, ...more] = id.split(';');
  const claims = { sub: id, email: name, email_verified: !name.startsWith('unverified') };
  for (const [claim, value] of more.map((part) => part.split('='))) claims[claim] = value.split(',');
  return claims;
}

const provider = new Provider(`http://127.0.0.1:${PORT}`, {
  clients: [
    { ...common, client_id: 'by-secret', client_secret: 'secret-of-the-tests' },
    {
      ...common,
      client_id: 'by-key',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: JSON.parse(CLIENT_KEYS),
    },
  ],
  claims: { openid: ['sub', 'roles', 'profiles', 'scopes'], email: ['email', 'email_verified'] },
  conformIdTokenClaims: CLAIMS_IN_TOKEN !== 'yes',
  findAccount: (_context, id) => ({ accountId: id, claims: () => claimsOf(id) }),
  pkce: { required: () => true },
  cookies: { keys: ['only for the tests'] },
});
provider.listen(Number(PORT), '127.0.0.1');
