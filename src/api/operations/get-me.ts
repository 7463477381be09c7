/** `GET /api/me`: what the client that asks may do and see. */
import { scopes } from '../../models/access.js';
import { type Me, meSchema } from '../../models/me.js';
import { allows, principalOf } from '../access/principal.js';
import type { Operation } from '../operation.js';

export const getMe: Operation = {
  id: 'getMe',
  method: 'get',
  path: '/api/me',
  scope: 'any',
  tag: 'Service',
  summary: 'Read what your key may do',
  description:
    'Its scopes, its tenant and the types to which it is limited, so that a client offers nothing that would be refused. ' +
    'Where the server has no keys, everybody may do everything.',
  responses: () => ({
    200: {
      description: 'What the client may do and see.',
      content: {
        'application/json': {
          schema: meSchema,
          examples: {
            tenant: {
              summary: 'A key of a tenant',
              value: { keyId: 'acme-web', tenant: 'acme', scopes: ['submit', 'read'], allTenants: false },
            },
            noKeys: {
              summary: 'A server without keys',
              value: { scopes: [...scopes], allTenants: true },
            },
          },
        },
      },
    },
  }),
  errors: [],
  handle: () => (request, response) => {
    const principal = principalOf(request);
    const { keyId, tenant, sees, types } = principal;
    const me: Me = {
      ...(keyId === undefined ? {} : { keyId }),
      ...(tenant === undefined ? {} : { tenant }),
      scopes: scopes.filter((scope) => allows(principal, scope)),
      ...(types === undefined ? {} : { types: [...types] }),
      allTenants: sees === undefined,
    };
    response.set('Cache-Control', 'no-store').json(me);
  },
};
