// Runs oidc-provider in a separate process, so that it can be restarted. The parent sends the configuration once, and
// gets a message for each request.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Provider } from 'oidc-provider';

const RESOURCE = 'urn:webhooks';

process.once('disconnect', () => process.exit(0));
process.once('message', ({ issuer, port, keys, tls, clientId }) => {
    let logoutToken;
    const provider = new Provider(issuer, {
        jwks: { keys },
        clients: [{
            client_id: clientId,
            client_secret: 'a secret of nobody',
            grant_types: ['implicit', 'client_credentials'],
            response_types: ['id_token'],
            redirect_uris: ['https://client.example/callback'],
            backchannel_logout_uri: 'https://client.example/logout',
        }],
        responseTypes: ['id_token'],
        features: {
            backchannelLogout: { enabled: true },
            clientCredentials: { enabled: true },
            encryption: { enabled: true },
            resourceIndicators: {
                enabled: true,
                defaultResource: () => RESOURCE,
                getResourceServerInfo: () => ({
                    scope: '',
                    audience: clientId,
                    accessTokenFormat: 'jwt',
                    jwt: { sign: { alg: 'RS256' } },
                }),
            },
        },
        cookies: { keys: ['a secret of nobody'] },
        // A logout token goes to the parent instead of the client's URL.
        fetch: async (_url, { body }) => {
            logoutToken = new URLSearchParams(String(body)).get('logout_token');
            return new Response(null, { status: 200 });
        },
    });

    const answer = provider.callback();
    const listener = (request, response) => {
        process.send({ path: request.url });
        return answer(request, response);
    };
    const server = tls ? createTlsServer(tls, listener) : createServer(listener);
    process.on('message', async ({ asked }) => {
        if (asked === 'logout token') {
            const client = await provider.Client.find(clientId);
            await client.backchannelLogout('a user', 'a session');
        }
        // Messages keep their order, so the parent has counted all requests when it gets this one.
        process.send({ logoutToken });
    });
    server.on('error', (error) => process.send({ error: error.code }));
    server.listen(port, '127.0.0.1', () => process.send({ port: server.address().port }));
});
